// What was learned for each label column, and how its predictions compare with what is known.
import type { FitContext } from '../learning/estimator.ts'
import { r2 } from '../learning/metrics/r2.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { FittedOutput } from '../model/output-rows.ts'
import type { Frame } from '../model/steps/step.ts'
import type { Column, Level, Table } from '../model/table.ts'
import type { Attempt } from './attempt.ts'
import {
  calibrationOf,
  classNames,
  codesAmong,
  confusionOf,
  countCodes,
  curvesOf,
  type JudgedClasses,
  predictedCodesOf,
  shownClasses,
} from './describe-classes.ts'
import { histogramOf, largest } from './describe-features.ts'
import { describeCoefficients, describeLoss, importancesByFeature, rankImportances } from './describe-fit.ts'
import { describeAnomalies, describeClusters } from './describe-groups.ts'
import { describeLists } from './describe-lists.ts'
import { residualsOf, scatterOf } from './describe-numbers.ts'
import { describeTree, type TreeLabels } from './describe-tree.ts'
import { type EncodedColumn, encodedColumns, encodeRows } from './encoded-columns.ts'
import type { ImportancesReport } from './fit-report.ts'
import type { ClassifierReport, LabelReport, RegressorReport } from './label-report.ts'
import { LIMITS, TREE_ROWS_MAX } from './limits.ts'
import { partialDependence } from './partial-dependence.ts'
import { PREDICTED_MAX, type Score, shuffledFeatures } from './shuffled-features.ts'
import { isMixed, levelText, shortText } from './texts.ts'

interface Rows {
  readonly features: Table
  readonly labels: Table
}
type Judged = Rows & { readonly predictions: Predictions }

/** All that the descriptions of one label share. */
interface Scene {
  readonly pipeline: FittedPipeline
  readonly training: Rows
  readonly judged: Judged
  readonly context: Pick<FitContext, 'team' | 'stop' | 'seed'>
  readonly columns: readonly EncodedColumn[]
  /** Some of the training rows, as the estimator sees them. */
  readonly treeRows: Int32Array
  readonly treeFrame: () => Frame
  /** Why a part of a label's report is not there goes to this. */
  readonly attempt: Attempt
}

/** The first labels, and the importances of all features for the first of them. */
export async function describeLabels(
  pipeline: FittedPipeline,
  training: Rows,
  judged: Judged,
  context: Scene['context'],
  attempt: Attempt,
): Promise<{ labels: LabelReport[]; importances: Float64Array | undefined }> {
  const treeRows = spreadRows(training.features.rowCount, TREE_ROWS_MAX, context.seed)
  let frame: Frame | undefined
  const treeFrame = (): Frame => {
    frame ??= encodeRows(pipeline, training.features, treeRows)
    return frame
  }
  const columns = (await attempt('columns of the estimator', () => encodedColumns(pipeline))) ?? []
  const scene: Scene = { pipeline, training, judged, context, columns, treeRows, treeFrame, attempt }
  const labels: LabelReport[] = []
  let importances: Float64Array | undefined
  for (const output of pipeline.outputs.slice(0, LIMITS.labels)) {
    const own = await attempt('importances', () => importancesOf(scene, output))
    importances ??= own?.values
    const described = await describeLabel(scene, output, own?.report ?? null)
    const label = own === undefined ? described : await withDependences(scene, output, described, own.values)
    const isJudged = label.kind === 'classifier' || label.kind === 'regressor'
    // Those by shuffling are of the judged rows already.
    if (!isJudged || judged.labels === training.labels || own?.report?.method === 'permutation') labels.push(label)
    else {
      const heldOut = await attempt('importances on held-out rows', () => heldOutImportancesOf(scene, output))
      labels.push({ ...label, heldOutImportances: heldOut ?? null })
    }
  }
  return { labels, importances }
}

/** Lines tell by their coefficients how predictions depend on a feature: they have no importances, and come here without. */
async function withDependences(
  { pipeline, training, judged, context, attempt }: Scene,
  output: FittedOutput,
  label: LabelReport,
  importances: Float64Array,
): Promise<LabelReport> {
  if (label.kind !== 'classifier' && label.kind !== 'regressor') return label
  const { levels = [], name } = output
  const counts =
    levels.length === 0
      ? new Int32Array()
      : countCodes(codesAmong(levels, columnOf(training.labels, name)), levels.length)
  // Of two classes the second: the other has the rest.
  const codes = levels.length === 2 ? [1] : largest(counts, LIMITS.dependenceLines).sort((a, b) => a - b)
  const dependences = await attempt('partial dependence', () =>
    partialDependence(pipeline, judged.features, importances, output, codes, context.seed, context),
  )
  return dependences === undefined || dependences.length === 0 ? label : { ...label, dependences }
}

async function describeLabel(
  scene: Scene,
  output: FittedOutput,
  importances: ImportancesReport | null,
): Promise<LabelReport> {
  const { judged, columns } = scene
  const { fitted } = output
  switch (fitted.kind) {
    case 'classifier':
      return describeClassifier(scene, output, importances)
    case 'regressor':
      return describeRegressor(scene, output, importances)
    case 'clusterer':
      return describeClusters(fitted, numbersIn(judged.predictions.labels, 'cluster'), columns)
    case 'anomaly_detector':
      return describeAnomalies(numbersIn(judged.predictions.labels, 'anomaly_score'))
    case 'recommender':
      return describeLists(output, scene.training, judged)
  }
}

async function describeClassifier(
  scene: Scene,
  { name, levels = [], fitted }: FittedOutput,
  importances: ImportancesReport | null,
): Promise<ClassifierReport> {
  const { training, judged, context, attempt } = scene
  const trained = codesAmong(levels, columnOf(training.labels, name))
  const trainingCounts = countCodes(trained, levels.length)
  const shown = shownClasses(trainingCounts)
  const trueCodes = judged.labels === training.labels ? trained : codesAmong(levels, columnOf(judged.labels, name))
  const classes: JudgedClasses = {
    levels,
    trueCodes,
    predictedCodes: predictedCodesOf(columnOf(judged.predictions.labels, name)),
    probabilities: judged.predictions.probabilities.find((candidate) => candidate.name === name),
  }
  const evaluatedCounts = countCodes(trueCodes, levels.length)
  const mixed = isMixed(levels)
  const nameOf = (code: number): string => levelText(levels[code] as Level, mixed)
  const treeLabels = (): TreeLabels => {
    return { codes: scene.treeRows.map((row) => trained[row] as number), nameOf, classCount: levels.length }
  }
  return {
    kind: 'classifier',
    name: shortText(name),
    classCount: levels.length,
    classes: {
      names: classNames(levels, shown),
      training: shown.map((code) => trainingCounts[code] as number),
      evaluated: shown.map((code) => evaluatedCounts[code] as number),
    },
    confusion: (await attempt('confusion matrix', () => confusionOf(classes, shown))) ?? null,
    curves: (await attempt('curves', () => curvesOf(classes, shown, context.seed))) ?? null,
    calibration: (await attempt('calibration', () => calibrationOf(classes, context.seed))) ?? null,
    importances,
    ...(await describeFit(scene, fitted, nameOf, treeLabels)),
  }
}

async function describeRegressor(
  scene: Scene,
  { name, fitted }: FittedOutput,
  importances: ImportancesReport | null,
): Promise<RegressorReport> {
  const { training, judged, context, attempt } = scene
  const values = numbersIn(training.labels, name)
  const actual = numbersIn(judged.labels, name)
  const predicted = numbersIn(judged.predictions.labels, name)
  const learnedAs = fitted.kind === 'regressor' ? fitted.learnedAs : undefined
  const treeLabels = (): TreeLabels => {
    return { values: Float64Array.from(scene.treeRows, (row) => values[row] as number) }
  }
  return {
    kind: 'regressor',
    name: shortText(name),
    ...(learnedAs === undefined ? {} : { learnedAs: shortText(learnedAs) }),
    target: (await attempt('distribution of the label', () => histogramOf(values))) ?? null,
    scatter: (await attempt('predicted against actual', () => scatterOf(actual, predicted, context.seed))) ?? null,
    residuals: (await attempt('residuals', () => residualsOf(actual, predicted))) ?? null,
    importances,
    ...(await describeFit(scene, fitted, String, treeLabels)),
  }
}

async function describeFit(
  { columns, treeFrame, attempt }: Scene,
  fitted: FittedOutput['fitted'],
  nameOf: (code: number) => string,
  treeLabels: () => TreeLabels,
): Promise<Pick<ClassifierReport, 'coefficients' | 'tree' | 'loss'>> {
  const tree = async () =>
    fitted.firstTree === undefined ? null : describeTree(fitted, treeFrame(), treeLabels(), columns)
  return {
    coefficients: (await attempt('coefficients', () => describeCoefficients(fitted, columns, nameOf))) ?? null,
    tree: (await attempt('tree', tree)) ?? null,
    loss: (await attempt('loss', () => describeLoss(fitted))) ?? null,
  }
}

/** The estimator's own, else, without coefficients to look at, those by shuffling; undefined where there are none. */
async function importancesOf(
  { pipeline, judged, context, columns }: Scene,
  output: FittedOutput,
): Promise<{ values: Float64Array; report: ImportancesReport | null } | undefined> {
  const { fitted } = output
  const names = pipeline.featureSchema.map((column) => column.name)
  const own = fitted.featureImportances && importancesByFeature(fitted.featureImportances, columns, names.length)
  if (own !== undefined) return { values: own, report: rankImportances(own, names, null) }
  if (fitted.kind !== 'classifier' && fitted.kind !== 'regressor') return undefined
  if (fitted.linearTerms !== undefined) return undefined
  const found = await shuffledFeatures(pipeline, judged.features, scoreOf(output, judged), context.seed, context)
  return found && { values: found.drops, report: rankImportances(found.drops, names, found.rows) }
}

/** What is lost on the rows held out, of methods that have importances or coefficients of their own too. */
async function heldOutImportancesOf(
  { pipeline, judged, context }: Scene,
  output: FittedOutput,
): Promise<ImportancesReport | null> {
  const names = pipeline.featureSchema.map((column) => column.name)
  const score = scoreOf(output, judged)
  // Trees and lines are fast: they can have the most rows.
  const found = await shuffledFeatures(pipeline, judged.features, score, context.seed, context, PREDICTED_MAX)
  return found === undefined ? null : rankImportances(found.drops, names, found.rows)
}

/** The mean probability of the true class; r2 of a number. */
function scoreOf({ name, levels = [], fitted }: FittedOutput, judged: Judged): Score {
  if (fitted.kind === 'classifier') {
    const codes = codesAmong(levels, columnOf(judged.labels, name))
    return ({ probabilities }, rows, start) => {
      const values = probabilities.find((candidate) => candidate.name === name)?.values as Float64Array
      return rows.reduce((sum, row, i) => {
        const code = codes[row] as number
        return sum + (code < 0 ? 0 : (values[(start + i) * levels.length + code] as number)) / rows.length
      }, 0)
    }
  }
  const actual = numbersIn(judged.labels, name)
  return ({ labels }, rows, start) => {
    const predicted = numbersIn(labels, name).subarray(start, start + rows.length)
    return r2(
      Float64Array.from(rows, (row) => actual[row] as number),
      predicted,
    )
  }
}

function columnOf(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name)
  if (column === undefined) throw new Error(`there is no column "${name}" to compare`)
  return column
}

function numbersIn(table: Table, name: string): Float64Array {
  const column = columnOf(table, name)
  if (column.kind !== 'numeric') throw new Error(`column "${name}" has no numbers to compare`)
  return column.values
}
