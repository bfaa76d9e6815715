// Predictions in a process: ours, onnxruntime-node's, and those of the frameworks in Python.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fittedTreesPipeline } from '../../src/interop/trees/fitted-trees-pipeline.ts'
import { readTreeModel } from '../../src/interop/trees/read-trees.ts'
import type { FittedPipeline } from '../../src/model/fitted-pipeline.ts'
import { RowReader } from '../../src/model/row-reader.ts'
import { FRAMEWORKS, type Framework, type FrameworkFigures } from './frameworks.ts'

export interface Given {
  readonly folder: string
  readonly rows: readonly Record<string, number>[]
  readonly seconds: number
  readonly onnxruntime: string | undefined
  readonly timeFrameworks: () => Record<Framework, FrameworkFigures>
}

/** What a table of a session gives, as far as this bench asks. */
interface Onnx {
  readonly InferenceSession: { create(path: string, options: object): Promise<Session> }
  readonly Tensor: new (type: string, data: Float32Array, dims: number[]) => object
}
interface Session {
  run(feeds: Record<string, object>): Promise<Record<string, { readonly data: Float32Array }>>
}
const TURNS = 5

export function pipelineOf(folder: string, framework: Framework): FittedPipeline {
  const [name, format] =
    framework === 'lightgbm' ? (['lightgbm.txt', 'lightgbm'] as const) : (['xgboost.json', 'xgboost_json'] as const)
  return fittedTreesPipeline(readTreeModel(readFileSync(join(folder, name)), format), { labelName: 'y' })
}

/** Lines of a table. */
export async function measureHere(given: Given): Promise<string[]> {
  const { folder, rows, onnxruntime, timeFrameworks } = given
  const onnx = onnxruntime === undefined ? undefined : await openOnnx(folder, onnxruntime, rows)
  const lines = [
    'in a process, in µs: one row by the clock · 1,000 rows on one thread by the processor · 1,000 rows by the clock, here on one thread, else on two',
  ]
  const pipelines = FRAMEWORKS.map((framework) => pipelineOf(folder, framework))
  const readers = pipelines.map(({ featureSchema }) => new RowReader(featureSchema))
  const ours = FRAMEWORKS.map(newTimes)
  const theirs = FRAMEWORKS.map(newTimes)
  const onnxTimes = newTimes()
  const differences = FRAMEWORKS.map(() => 0)
  for (let turn = 0; turn < TURNS; turn++) {
    const figures = timeFrameworks()
    for (const [k, framework] of FRAMEWORKS.entries()) {
      const pipeline = pipelines[k] as FittedPipeline
      const reader = readers[k] as RowReader
      const predict = (some: readonly unknown[]) =>
        pipeline.predictNow(reader.read(some) as NonNullable<ReturnType<RowReader['read']>>)
      const own = ours[k] as (typeof ours)[number]
      own.one.push(await median(() => predict(rows.slice(0, 1)), 2000))
      own.many.push(cpuOf(() => predict(rows), 60))
      own.byClock.push(await median(() => predict(rows), 60))
      const found = predict(rows).probabilities[0]?.values as Float64Array
      differences[k] = Math.max(
        ...figures[framework].answers.map((value, i) => Math.abs(value - (found[2 * i + 1] as number)) / value),
      )
      theirs[k]?.one.push(figures[framework].oneRow * 1e6)
      theirs[k]?.many.push(figures[framework].manyRows * 1e6)
      theirs[k]?.byClock.push(figures[framework].onTwoThreads * 1e6)
    }
    if (onnx === undefined) continue
    onnxTimes.one.push(await median(() => onnx(1), 2000))
    onnxTimes.byClock.push(await median(() => onnx(rows.length), 20))
  }
  for (const [k, framework] of FRAMEWORKS.entries()) {
    const own = ours[k] as (typeof ours)[number]
    const other = theirs[k] as (typeof theirs)[number]
    lines.push(`${framework}, here             ${shown(own)}   largest relative difference ${differences[k]}`)
    lines.push(`${framework}, in Python        ${shown(other)}   × ${ratios(other, own)}`)
    if (framework === 'lightgbm' && onnx !== undefined) {
      lines.push(`${framework}, onnxruntime-node ${shown(onnxTimes)}   × ${ratios(onnxTimes, own)}`)
    }
  }
  return lines
}

async function openOnnx(
  folder: string,
  installed: string,
  rows: readonly Record<string, number>[],
): Promise<(rowCount: number) => Promise<unknown>> {
  const { InferenceSession, Tensor } = createRequire(join(resolve(installed), 'x.js'))('onnxruntime-node') as Onnx
  const session = await InferenceSession.create(join(folder, 'lightgbm.onnx'), { intraOpNumThreads: 2 })
  const width = Object.keys(rows[0] as object).length
  return (rowCount) => {
    const x = Float32Array.from(rows.slice(0, rowCount).flatMap((row) => Object.values(row)))
    return session.run({ x: new Tensor('float32', x, [rowCount, width]) })
  }
}

/** What a call takes of the processor, in µs, over so many calls. */
function cpuOf(call: () => unknown, calls: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < calls; i++) call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

/** Of so many calls, in µs. */
async function median(call: () => unknown, calls: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < calls; i++) {
    const startedAt = performance.now()
    const made = call()
    if (made instanceof Promise) await made
    times.push(1000 * (performance.now() - startedAt))
  }
  return middle(times)
}

export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

/** In µs. Those of the processor are not measured of onnxruntime. */
interface Times {
  readonly one: number[]
  readonly many: number[]
  readonly byClock: number[]
}

function newTimes(): Times {
  return { one: [], many: [], byClock: [] }
}

function shown({ one, many, byClock }: Times): string {
  const cells = [
    middle(one).toFixed(1),
    ...[many, byClock].map((times) => (times.length === 0 ? '–' : middle(times).toFixed(0))),
  ]
  return cells.map((cell) => cell.padStart(8)).join(' · ')
}

function ratios(theirs: Times, ours: Times): string {
  return (['one', 'many', 'byClock'] as const)
    .map((name) => (theirs[name].length === 0 ? '–' : (middle(theirs[name]) / middle(ours[name])).toFixed(1)))
    .join(' · ')
}
