// The running service: its rooms in the order in which they are opened. A new room is one more line.
import type { Logger } from 'pino'
import { openAccess } from './access/open-access.ts'
import { buildApp } from './app.ts'
import { openAudit } from './audit/open-audit.ts'
import type { Config } from './config.ts'
import { openDatasets } from './datasets/open-datasets.ts'
import { openFoundation } from './foundation.ts'
import { House } from './house.ts'
import { openInferenceProtocol } from './inference-protocol/open-inference-protocol.ts'
import { openPrediction } from './prediction/open-prediction.ts'
import { openRegistry } from './registry/open-registry.ts'
import { openReportPage } from './report-page/open-report-page.ts'
import { openRows } from './rows/open-rows.ts'
import { openRuns } from './runs/open-runs.ts'
import { openTraining } from './training/open-training.ts'

export interface Service {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  readonly databaseUrl: string
  /** Resolves when the models are reconciled and what the spool held is queued. */
  readonly whenReconciled: Promise<void>
  /** Ends in order: no new work, requests in flight, the running training within its grace, database. */
  close(): Promise<void>
}

/**
 * Starts the service and resolves when it listens. With DATABASE_URL it creates and registers nothing, and starts even
 * while that database is away; without, it runs an embedded PostgreSQL with the tables and the discovered models. When it
 * throws, nothing of it is left.
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const house = new House(log)
  try {
    const base = house.add(await openFoundation(house.health, config, log))
    const bodies = house.add(await openRows(base))
    const registry = house.add(await openRegistry(base))
    const audit = house.add(await openAudit(base))
    const authenticator = house.add(await openAccess(base, { audit }))
    const dataSets = house.add(await openDatasets(base, { audit }))
    const training = house.add(await openTraining(base, { registry, audit, dataSets }))
    house.add(await openRuns(base, { registry, training, dataSets }))
    const prediction = house.add(await openPrediction(base, { registry }))
    house.add(await openInferenceProtocol(base, { bodies, prediction }))
    house.add(await openReportPage(base))

    const app = buildApp(base, house.rooms, { bodies, authenticator })
    const url = await app.listen({ host: config.HOST, port: config.PORT }).catch(async (error) => {
      await app.close()
      throw error
    })
    const whenReconciled = house.recover()
    log.info({ url, models: registry.discovery.models.length }, 'listening')
    const close = async (): Promise<void> => {
      const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1000
      await Promise.all([app.close(), house.drain(graceMs)])
      await whenReconciled.catch(() => {})
      await house.close()
      log.info('stopped')
    }
    return { url, databaseUrl: base.databaseUrl, whenReconciled, close }
  } catch (error) {
    await house.close()
    throw error
  }
}
