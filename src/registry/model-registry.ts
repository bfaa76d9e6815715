// The models that this worker knows, and the state of each.
import type pg from 'pg'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import { Retry } from '../retry.ts'
import type { DiscoveredModel, Discovery } from './discover.ts'
import { type Reconciliation, reconcile } from './reconcile.ts'

export type ModelState = 'available' | 'unavailable' | 'unregistered'

/** Waits between attempts to reach the database, growing to the last. */
const RETRY_MS = [200, 500, 1_000, 2_000, 5_000]

export class ModelRegistry {
  readonly discovery: Discovery
  private readonly byName: ReadonlyMap<string, DiscoveredModel>
  private readonly pool: pg.Pool
  private readonly log: Logger
  private reconciliation: Reconciliation | undefined
  private readonly retry: Retry

  constructor(discovery: Discovery, pool: pg.Pool, log: Logger) {
    this.discovery = discovery
    this.byName = new Map(discovery.models.map((found) => [found.model.name, found]))
    this.pool = pool
    this.log = log
    this.retry = new Retry(log)
    for (const { file, reason } of discovery.skipped) log.error({ file, reason }, 'a model file was skipped')
  }

  get isReconciled(): boolean {
    return this.reconciliation !== undefined
  }

  /** Models that are in the code and in the table. */
  get availableCount(): number {
    return this.reconciliation?.available.length ?? 0
  }

  /** Reconciles with the database, again and again until it is there. Resolves early when the registry is closed. */
  async reconcileWhenPossible(): Promise<void> {
    await this.retry.untilAvailable(() => this.reconcile(), {
      isPassing: () => true,
      waitsMs: RETRY_MS,
      message: 'the models could not be reconciled with the database yet',
    })
  }

  close(): void {
    this.retry.end()
  }

  /**
   * Every model of code and table, by name, with its state. Reads the table again, so that new registrations are seen.
   */
  async list(): Promise<
    { name: string; state: ModelState; description: string | null; found: DiscoveredModel | undefined; type: string }[]
  > {
    const { available, unavailable, unregistered } = await this.reconcile()
    const rows = [
      ...available.map((row) => ({ ...row, state: 'available' as const })),
      ...unavailable.map((row) => ({ ...row, state: 'unavailable' as const })),
      ...unregistered.map((name) => ({ name, description: null, type: '', state: 'unregistered' as const })),
    ]
    return rows
      .map(({ name, state, description, type }) => {
        const found = this.byName.get(name)
        return { name, state, description, found, type: found?.type ?? type }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** The model of that name, ready to train. Throws ServiceError when it is unknown, unavailable or unregistered. */
  async require(name: string): Promise<DiscoveredModel> {
    const found = this.byName.get(name)
    const isAvailable = () => this.reconciliation?.available.some((row) => row.name === name) ?? false
    // A model may have been registered since: look again before saying no.
    if (!isAvailable()) await this.reconcile()
    if (found !== undefined && isAvailable()) return found
    const known = this.discovery.models.map(({ model }) => model.name).join(', ')
    if (found !== undefined) {
      throw new ServiceError('MODEL_UNREGISTERED', `model "${name}" has no row in the table models`)
    }
    if (this.reconciliation?.unavailable.some((row) => row.name === name)) {
      throw new ServiceError('MODEL_UNAVAILABLE', `no class in the models folder has the name "${name}"`)
    }
    throw new ServiceError('MODEL_UNKNOWN', `no model "${name.slice(0, 255)}"; expected one of ${known}`)
  }

  /** The class of that name, whether registered or not: what predictions need. */
  find(name: string): DiscoveredModel | undefined {
    return this.byName.get(name)
  }

  private async reconcile(): Promise<Reconciliation> {
    const before = this.reconciliation
    const plan = await reconcile(this.pool, [...this.byName.keys()])
    this.reconciliation = plan
    if (before === undefined || plan.toTrue.length + plan.toFalse.length > 0) {
      const names = {
        available: plan.available.map((row) => row.name),
        unavailable: plan.unavailable.map((row) => row.name),
      }
      this.log.info(names, 'models reconciled with the database')
    }
    const unregistered = plan.unregistered.filter((name) => !before?.unregistered.includes(name))
    if (unregistered.length > 0) {
      const count = unregistered.length
      this.log.warn({ count, models: unregistered }, 'model classes are not registered in the table models')
    }
    return plan
  }
}
