// One case in a process of its own, so that its memory is its own: prints a Measurement as JSON.
// Usage: node bench/text/fit-ours.ts CASE FILE, of a file that main.ts wrote
import { readFileSync } from 'node:fs'
import { fitContext } from '../../src/learning/fit-context.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import type { CategoricalColumn, Table } from '../../src/model/table.ts'
import { cases } from './cases.ts'
import type { Measurement, Rows } from './main.ts'

const [name = '', file = ''] = process.argv.slice(2)
const found = cases[name]
if (found === undefined) throw new Error(`there is no case "${name}"`)
const { texts, labels, trainCount }: Rows = JSON.parse(readFileSync(file, 'utf8'))
const isText = found.data === 'spam'
const isNumber = found.estimator().kind === 'regressor'

function featuresOf(own: readonly string[], known?: CategoricalColumn['levels']): Table {
  const levels = known ?? [...new Set(own)]
  const codeOf = new Map(levels.map((level, code) => [level, code]))
  const codes = Int32Array.from(own, (of) => codeOf.get(of) ?? -1)
  const column: CategoricalColumn = { kind: 'categorical', name: 'x', levels, codes }
  return { rowCount: own.length, columns: [isText ? { ...column, isText } : column] }
}

function labelsOf(own: readonly number[]): Table {
  const column: Table['columns'][0] = isNumber
    ? { kind: 'numeric', name: 'y', values: Float64Array.from(own) }
    : { kind: 'categorical', name: 'y', levels: [0, 1], codes: Int32Array.from(own) }
  return { rowCount: own.length, columns: [column] }
}

const train = featuresOf(texts.slice(0, trainCount))
const { levels: known } = train.columns[0] as CategoricalColumn
const test = featuresOf(texts.slice(trainCount), isText ? undefined : known)
const target = labelsOf(labels.slice(0, trainCount))
const truth = labels.slice(trainCount)
const before = process.memoryUsage.rss()
const started = process.cpuUsage()
const pipeline = await new Pipeline(found.steps(), found.estimator()).fit(train, target, fitContext())
const fitted = process.cpuUsage(started)
const { labels: said } = await pipeline.predict(test)
const ended = process.cpuUsage(started)
const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6
const [column] = said.columns
const right = truth.filter((label, i) => {
  if (column === undefined) return false
  if (column.kind === 'categorical') return column.levels[column.codes[i] as number] === label
  return (column.values[i] as number) > 0.5 === label > 0.5
})
const measured: Measurement = {
  fitSeconds: secondsOf(fitted),
  predictSeconds: secondsOf(ended) - secondsOf(fitted),
  accuracy: right.length / truth.length,
  peakMb: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) / 1e6,
  columns: pipeline.outputs[0]?.fitted.columnCount ?? 0,
}
console.log(JSON.stringify(measured))
