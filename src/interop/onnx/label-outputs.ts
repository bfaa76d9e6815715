// What comes out of the graph: labels as the training had them, and what stands behind them.
import type { FittedOutput } from '../../model/output-rows.ts'
import type { Level } from '../../model/table.ts'
import { calibrated } from './calibrate.ts'
import { anomaliesOf, clustersOf, numbersOf, probabilitiesOf } from './estimators/estimate.ts'
import { areTexts, ROWS } from './feature-inputs.ts'
import { columnOf, reshaped } from './formulas.ts'
import type { GraphBuilder, Value } from './graph-builder.ts'
import { type DataType, double, int64, type Tensor } from './tensor.ts'

/** What callers of the model are told of an output. Names as they stand in the file. */
export interface OutputFacts {
  readonly output: string
  readonly label: string
  readonly says: 'label' | 'probabilities' | 'cluster' | 'anomaly_score' | 'is_anomaly'
  readonly type: DataType
  /** Of probabilities: the class of each column. */
  readonly classes?: readonly Level[]
}

/** One label column as it is predicted from what its estimator sees. */
export interface LabelValues {
  readonly output: FittedOutput
  /** Of a classifier, rows × classes, before calibration; else nothing. */
  readonly probabilities?: Value
  /** Of a regressor, one number a row. */
  readonly numbers?: Value
  /** What the estimator sees, of all others. */
  readonly x?: Value
}

/** The values of an output of one estimator. */
export function labelValues(g: GraphBuilder, x: Value, output: FittedOutput): LabelValues {
  const { fitted } = output
  if (fitted.kind === 'classifier') return { output, probabilities: probabilitiesOf(g, x, fitted) }
  if (fitted.kind === 'regressor') return { output, numbers: numbersOf(g, x, fitted) }
  return { output, x }
}

/** Gives the outputs of a label their names, those of the label and of what is said of it. */
export function labelOutputs(g: GraphBuilder, { output, probabilities, numbers, x = '' }: LabelValues): OutputFacts[] {
  const { fitted, name: label } = output
  const facts: OutputFacts[] = []
  const put = (
    name: string,
    value: Value,
    says: OutputFacts['says'],
    type: DataType,
    classes?: readonly Level[],
  ): void => {
    const own = g.unusedName(name === '' ? 'label' : name)
    g.output(own, value, type, classes === undefined ? [ROWS] : [ROWS, classes.length])
    facts.push({ output: own, label, says, type, ...(classes === undefined ? {} : { classes }) })
  }
  if (numbers !== undefined) put(label, numbers, 'label', 'double')
  else if (probabilities !== undefined) {
    const levels = output.levels as readonly Level[]
    const { calibration } = output
    const said = calibration === undefined ? probabilities : calibrated(g, probabilities, calibration)
    const values = levelTensor(levels)
    put(label, g.node('Gather', [values, codesOf(g, said, output)], { axis: 0 }), 'label', values.type)
    put(`${label}.probabilities`, said, 'probabilities', 'double', levels)
  } else if (fitted.kind === 'clusterer') put('cluster', clustersOf(g, x, fitted), 'cluster', 'int64')
  else if (fitted.kind === 'anomaly_detector') {
    const { score, isAnomaly } = anomaliesOf(g, x, fitted)
    put('anomaly_score', score, 'anomaly_score', 'double')
    put('is_anomaly', isAnomaly, 'is_anomaly', 'bool')
  }
  return facts
}

/** The first of the most probable classes, or what the threshold says. */
function codesOf(g: GraphBuilder, probabilities: Value, { threshold }: FittedOutput): Value {
  if (threshold === undefined) {
    const known = g.node('Where', [g.node('IsNaN', [probabilities]), double(-1), probabilities])
    return g.node('ArgMax', [known], { axis: 1, keepdims: 0 })
  }
  const { positive, probability } = threshold
  const own = reshaped(g, columnOf(g, probabilities, positive), [-1])
  const isPositive = g.node('GreaterOrEqual', [own, double(probability)])
  return g.node('Where', [isPositive, int64(positive), int64(1 - positive)])
}

/** Classes in their own type: texts, whole numbers, other numbers, booleans. Of several types as texts. */
function levelTensor(levels: readonly Level[]): Tensor {
  const dims = [levels.length]
  if (areTexts(levels)) return { type: 'string', dims, values: levels.map(String) }
  const type = typeof levels[0] === 'boolean' ? 'bool' : levels.every(Number.isSafeInteger) ? 'int64' : 'double'
  return { type, dims, values: levels.map(Number) }
}
