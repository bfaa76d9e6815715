// The running service: its rooms in the order in which they are opened. A new room is one more line.
import type { Logger } from 'pino'
import { openAccess } from './access/open-access.ts'
import { openAlerts } from './alerts/open-alerts.ts'
import { buildApp } from './app.ts'
import { openAudit } from './audit/open-audit.ts'
import { openBundles } from './bundles/open-bundles.ts'
import type { Config } from './config.ts'
import { openDatasets } from './datasets/open-datasets.ts'
import { openDeployments } from './deployments/open-deployments.ts'
import { openErasures } from './erasures/open-erasures.ts'
import { openExperiments } from './experiments/open-experiments.ts'
import { openFoundation } from './foundation.ts'
import { House } from './house.ts'
import { openDoorWarning } from './http/open-door.ts'
import { Tls } from './http/tls.ts'
import { ModelVersions, namesWithProjects } from './inference-protocol/model-versions.ts'
import { openInferenceProtocol } from './inference-protocol/open-inference-protocol.ts'
import { openInterop } from './interop/open-interop.ts'
import { StoredResults } from './model-runs/stored-results.ts'
import { openMonitoring } from './monitoring/open-monitoring.ts'
import { openNotifications } from './notifications/open-notifications.ts'
import { objectOwners } from './object-owners.ts'
import { openPrediction } from './prediction/open-prediction.ts'
import { openProjects } from './projects/open-projects.ts'
import { openRegistry } from './registry/open-registry.ts'
import { openReportPage } from './report-page/open-report-page.ts'
import { openRetention } from './retention/open-retention.ts'
import { openRows } from './rows/open-rows.ts'
import { openRuns } from './runs/open-runs.ts'
import { openSigning } from './signing/open-signing.ts'
import { openStorageUpkeep } from './storage-upkeep/open-storage-upkeep.ts'
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
    const tls = await Tls.open(config, log)
    const base = house.add(await openFoundation(house.health, config, log))
    const upkeep = house.add(await openStorageUpkeep(base, objectOwners(base.ownSchema.pool)))
    const bodies = house.add(await openRows(base))
    const registry = house.add(await openRegistry(base))
    const audit = house.add(await openAudit(base))
    const authenticator = house.add(await openAccess(base, { audit }))
    const signatures = house.add(await openSigning(base))
    const retention = house.add(await openRetention(base, { audit }))
    const erasers = house.add(await openErasures(base, { audit, bodies }))
    const dataSets = house.add(await openDatasets(base, { audit, upkeep, erasers, retention }))
    const training = house.add(await openTraining(base, { registry, audit, erasers, dataSets }))
    const runs = house.add(await openRuns(base, { registry, training, retention, erasers, dataSets }))
    const results = new StoredResults(base.pool, base.keys)
    const prediction = house.add(await openPrediction(base, { results, registry, signatures }))
    const notices = house.add(await openNotifications(base, { audit, retention, training }))
    const needs = { audit, notices, registry, dataSets, training, runs, prediction, signatures }
    const projects = house.add(await openProjects(base, needs))
    const bundles = house.add(await openBundles(base, { projects, signatures }))
    const ofDeployments = { audit, notices, registry, projects, bundles, prediction, retention }
    const deployments = house.add(await openDeployments(base, ofDeployments))
    const ofAlerts = { audit, notices, retention, projects: projects.projects, figures: deployments.figures }
    const signals = house.add(await openAlerts(base, ofAlerts))
    const ofMonitoring = { ...needs, ...{ bodies, deployments, erasers, projects, retention, signals } }
    const monitoring = house.add(await openMonitoring(base, ofMonitoring))
    house.add(await openExperiments(base, { ...ofMonitoring, monitoring }))
    const names = namesWithProjects(deployments.served, new ModelVersions(base.pool))
    house.add(await openInferenceProtocol(base, { bodies, prediction, versions: names }))
    house.add(await openReportPage(base))
    house.add(await openInterop(base, { ...needs, bodies, projects, results }))

    const app = buildApp(base, house.rooms, { bodies, authenticator, tls })
    const url = await app.listen({ host: config.HOST, port: config.PORT }).catch(async (error) => {
      await app.close()
      throw error
    })
    const openDoor = openDoorWarning(config)
    if (openDoor !== undefined) log.warn(openDoor)
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
