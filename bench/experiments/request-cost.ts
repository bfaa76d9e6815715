// What one request of a split takes of the worker's own time, beside one without an experiment, in one process and in turns: the arm is
// chosen, the key remembered, the row kept and written as text. HTTP, the prediction and the database are left out.
import pino from 'pino'
import { dividePrediction } from '../../src/deployments/serving/divided-prediction.ts'
import { dividedRows } from '../../src/deployments/serving/divided-rows.ts'
import type { SplitArm } from '../../src/deployments/serving/traffic.ts'
import type { Experiment } from '../../src/experiments/experiment.ts'
import { DividedTraffic } from '../../src/experiments/traffic/divided-traffic.ts'
import { ExperimentLog } from '../../src/experiments/traffic/experiment-log.ts'
import { insertRows } from '../../src/experiments/traffic/exposures-table.ts'
import { KnownUnits } from '../../src/experiments/traffic/known-units.ts'
import { PredictionIds } from '../../src/prediction/prediction-ids.ts'
import type { RowsWatch, SampledRows } from '../../src/prediction/rows-watch.ts'
import { planOf } from './plans.ts'

const REQUESTS = 300_000
const TURNS = 7
const KEYS = 10_000
/** Between turns of the event loop, so that what is behind requests is done there. */
const TOGETHER = 50

const silent = pino({ level: 'silent' })
const DEPLOYMENT = 5
const ARMS: readonly [SplitArm, SplitArm] = [
  { name: 'v1', version: 1, runId: 1, modelName: 'model' },
  { name: 'v2', version: 2, runId: 2, modelName: 'model' },
]
const ROW: SampledRows = {
  ...{ requestRows: 1, rows: Uint32Array.of(0), columns: [], answers: Float64Array.of(1), classes: ['a', 'b', 'c'] },
  confidence: Float64Array.of(0.9),
}
const WATCH: RowsWatch = { sampleRate: 1, countsFor: () => undefined, notCounted() {}, sampled() {} }

/** Medians over the turns, in µs of processor time. */
export async function requestCost(): Promise<{ readonly plain: number; readonly split: number }> {
  const ids = new PredictionIds()
  const stampOf = () => {
    const of = { project: 'bench', environment: 'production', version: 1, deploymentId: DEPLOYMENT }
    return { ...of, idPrefix: ids.next() }
  }
  const log = new ExperimentLog({
    write: ({ rows }) => insertRows({ query: async () => ({ rows: [] }) } as never, rows),
    onDropped(reason) {
      throw new Error(`rows were dropped: ${reason}`)
    },
    log: silent,
  })
  const traffic = new DividedTraffic({
    experiment: { experimentId: 1, plan: planOf('accuracy', false, { minSampleSize: 100 }) } as Experiment,
    phase: { phase: 1, seed: 'b3b2b1d0-1111-4222-8333-944455556666', shares: [0.5, 0.5] } as never,
    ...{ arms: ARMS, log, units: new KnownUnits(), now: Date.now, until: () => Number.POSITIVE_INFINITY },
    shadows: { add() {}, leftOut() {} },
  })
  const plain = (): void => WATCH.sampled(ROW, stampOf().idPrefix, 0.2)
  const split = (i: number): void => {
    const enrolled = traffic.enrol(`user-${i % KEYS}`)
    if (enrolled === undefined) throw new Error('the key is not enrolled')
    const divided = dividePrediction({ stampOf, watchOfArm: () => WATCH }, {} as never, enrolled, performance.now())
    const told = { onPredicted() {}, onFailed() {} }
    const source = dividedRows({ divided, enrolled, predictor: {} as never, log: silent, ...told })
    source.watch?.sampled(ROW, source.stamp?.idPrefix ?? '', 0.2)
    source.onPredicted?.({} as never)
  }
  const microseconds = async (request: (i: number) => void): Promise<number> => {
    const before = process.cpuUsage()
    for (let i = 0; i < REQUESTS; i++) {
      request(i)
      if (i % TOGETHER === 0) await new Promise(setImmediate)
    }
    await log.flush()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / REQUESTS
  }
  const turns: Record<'plain' | 'split', number[]> = { plain: [], split: [] }
  for (let turn = 0; turn < TURNS; turn++) {
    turns.plain.push(await microseconds(plain))
    turns.split.push(await microseconds(split))
  }
  const median = (found: number[]): number => found.sort((a, b) => a - b)[TURNS >> 1] as number
  return { plain: median(turns.plain), split: median(turns.split) }
}
