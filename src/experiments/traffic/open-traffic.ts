// The part of experiments that divides requests among arms, and keeps what it sees.
import { createPool, inTransaction } from '../../database/pool.ts'
import type { DeploymentsApi } from '../../deployments/open-deployments.ts'
import { SHADOW_RESULTS, ShadowQueue } from '../../deployments/serving/shadow-queue.ts'
import type { Foundation } from '../../foundation.ts'
import { DROP_REASONS } from '../../monitoring/log/try-to-write.ts'
import type { PredictionApi } from '../../prediction/open-prediction.ts'
import type { Room } from '../../room.ts'
import { listRunning } from '../experiments-table.ts'
import { ExperimentLog } from './experiment-log.ts'
import { insertRows, insertUnits } from './exposures-table.ts'
import { KnownUnits } from './known-units.ts'
import { RunningExperiments } from './running-experiments.ts'

/** Of the flusher: nobody else waits for what it writes. */
const CONNECTIONS = 1

export interface TrafficNeeds {
  readonly deployments: Pick<DeploymentsApi, 'splitBy'>
  readonly prediction: Pick<PredictionApi, 'predictor'>
}

export interface TrafficApi {
  /** To be kicked when an experiment is started, paused, changed or concluded here. */
  readonly running: RunningExperiments
  /** Writes what waits in memory; throws nothing. */
  readonly flush: () => Promise<void>
}

export function openTraffic(
  { config, databaseUrl, ownSchema, telemetry, log }: Foundation,
  { deployments, prediction: { predictor } }: TrafficNeeds,
): { readonly part: Required<Pick<Room, 'recover' | 'close'>>; readonly api: TrafficApi } {
  const own = createPool(config.OWN_DATABASE_URL || databaseUrl, log, CONNECTIONS)
  const dropped = telemetry.counter({
    name: 'ml_worker_experiments_dropped_total',
    help: 'Exposures of units and rows of experiments that were to be kept and were not, by reason',
    labelNames: ['reason'],
  })
  for (const reason of DROP_REASONS) dropped.inc({ reason }, 0)
  const repeated = telemetry.counter({
    name: 'ml_worker_experiments_shadow_requests_total',
    help: 'Requests whose rows the other arms were to predict after the answer, by what came of it',
    labelNames: ['result'],
  })
  for (const result of SHADOW_RESULTS) repeated.inc({ result }, 0)
  const seen = new ExperimentLog({
    write: ({ marks, rows }) =>
      inTransaction(own, async (tx) => {
        await insertUnits(tx, marks)
        await insertRows(tx, rows)
      }),
    onDropped: (reason, count) => dropped.inc({ reason }, count),
    log,
  })
  telemetry.gaugeOf('ml_worker_experiments_waiting', 'What experiments have seen and is not written yet', () => {
    return seen.waitingCount
  })
  const shadows = new ShadowQueue((result) => repeated.inc({ result }))
  const running = new RunningExperiments({
    async list() {
      await ownSchema.require()
      return listRunning(ownSchema.pool)
    },
    predictor,
    log: seen,
    units: new KnownUnits(),
    shadows,
    now: Date.now,
    logger: log,
  })
  deployments.splitBy(running)
  const part = {
    async recover() {
      await running.refresh()
      running.start()
      seen.start()
    },
    async close() {
      await running.close()
      await shadows.close()
      await seen.close()
      await own.close()
    },
  }
  return { part, api: { running, flush: () => seen.flush() } }
}
