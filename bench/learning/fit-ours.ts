// One fit and one prediction by this project's engine, in a process of its own. Takes an Order as JSON, prints a Measurement.
import { writeFileSync } from 'node:fs'
import { Packr } from 'msgpackr'
import { predictWith } from '../../src/estimator-checks/compare.ts'
import { predictOnTeam } from '../../src/estimator-checks/predict-on-team.ts'
import { fitOn } from '../../src/estimator-checks/samples.ts'
import { estimators } from '../../src/learning/estimators.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { StopFlag } from '../../src/learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { warmUp } from '../../src/learning/warm-up.ts'
import { type BenchData, readData } from './data-file.ts'
import { countEstimators } from './load-in-worker.ts'
import type { Measurement, Order } from './measurement.ts'

const order = JSON.parse(process.argv[2] as string) as Order
const Estimator = estimators[order.estimator]
if (Estimator === undefined) throw new Error(`no estimator is named ${order.estimator}`)
const data = readData(order.data)
const sample = toSample(data, order)
const team = new ThreadTeam(order.threads)
// Threads have started and modules are loaded before the clock starts, as those of Python are; the engine is warm, as it
// is in the waiting trainer.
await team.run(
  countEstimators,
  { module: import.meta.resolve('./load-in-worker.ts'), exportName: 'countEstimators' },
  null,
  new StopFlag(),
)
warmUp()
const estimator = new Estimator(order.parameters)
const beforeMb = process.memoryUsage.rss() / 1e6

const start = performance.now()
const fitted = await fitOn(estimator, sample, fitContext({ team }))
const fitEnd = performance.now()
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6
const block = { rowCount: data.testRows, columnCount: data.columnCount, values: data.test }
// The service predicts again and again, so the median of three counts, not the first alone.
const predictTimes: number[] = []
let predictions: Float64Array | Int32Array = new Float64Array()
for (let i = 0; i < 3; i++) {
  const predictStart = performance.now()
  predictions = (await predictOnTeam(fitted, team, block)) ?? predictWith(fitted, block)
  predictTimes.push(performance.now() - predictStart)
}

writeFileSync(order.predictions, new Uint8Array(Float64Array.from(predictions).buffer))
const measurement: Measurement = {
  fitSeconds: (fitEnd - start) / 1000,
  predictSeconds: (predictTimes.toSorted((a, b) => a - b)[1] as number) / 1000,
  peakMb,
  beforeMb,
  modelBytes: new Packr({ moreTypes: true, structuredClone: false }).pack(fitted.toState()).length,
}
console.log(JSON.stringify(measurement))
await team.close()

function toSample({ train, trainRows, trainTarget, classCount }: BenchData, { task }: Order) {
  const categoryCounts = train.map((column) =>
    task === 'categories' ? column.reduce((a, b) => Math.max(a, b), 0) + 1 : 0,
  )
  const isClass = task === 'classes' || task === 'categories'
  return {
    x: { rowCount: trainRows, columns: train, categoryCounts },
    classes: {
      codes: isClass ? Int32Array.from(trainTarget) : new Int32Array(),
      classNames: Array.from({ length: classCount }, (_, c) => String(c)),
    },
    values: trainTarget,
  }
}
