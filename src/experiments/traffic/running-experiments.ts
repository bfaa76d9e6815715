// Which experiments run, in memory: no prediction waits for a query to know which arm it belongs to.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { SplitArm, TrafficSplit, TrafficSplitter } from '../../deployments/serving/traffic.ts'
import { ServiceError } from '../../errors.ts'
import { KickedLooks } from '../../kicked-looks.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { Experiment } from '../experiment.ts'
import type { RunningExperiment } from '../experiments-table.ts'
import type { DividedParts } from './divided-parts.ts'
import { DividedTraffic } from './divided-traffic.ts'

/** How often the table is looked at: what another worker did is known here within about so long. */
const LOOK_MS = 1_000
const KICK_MS = 10
/** Without a look for so long nobody is enrolled: an experiment may have been stopped, and could not be told of what it sees. */
const STALE_MS = 60_000
/** How long an arm that could not be loaded is let alone: twice as long each time. */
const AGAIN_MS = 1_000
const AGAIN_MS_MAX = 60_000

export interface RunningParts extends Pick<DividedParts, 'log' | 'units' | 'shadows' | 'now'> {
  /** Throws what the database throws. */
  readonly list: () => Promise<readonly RunningExperiment[]>
  readonly predictor: Pick<Predictor, 'warm'>
  readonly logger: Logger
}

/** The arms of an experiment as this worker has them. */
interface Warming {
  /** Once all of them have predicted here. */
  arms: DividedParts['arms'] | undefined
  failures: number
  /** Of performance.now(). */
  againAt: number
  loading: Promise<void> | undefined
}

export class RunningExperiments implements TrafficSplitter {
  private readonly parts: RunningParts
  private readonly looks: KickedLooks
  /** By the deployment whose requests are divided: where another one has become active since, none are. */
  private divided: ReadonlyMap<number, TrafficSplit> = new Map()
  private running: readonly RunningExperiment[] = []
  /** By id of the experiment. */
  private readonly warming = new Map<number, Warming>()
  private lookedAt = 0
  private hasFailed = false
  private ticking: Promise<void> = Promise.resolve()
  private readonly stop = new AbortController()

  constructor(parts: RunningParts) {
    this.parts = parts
    this.looks = new KickedLooks({ look: () => this.lookNow(), afterMs: KICK_MS, onFailure: () => {} })
  }

  of(deploymentId: number): TrafficSplit | undefined {
    return this.divided.get(deploymentId)
  }

  /** Looks soon. */
  kick(): void {
    this.looks.kick()
  }

  /** Looks at the table now, and resolves when the arms of all that runs have predicted here, or could not. Throws nothing. */
  async refresh(): Promise<void> {
    await this.looks.look()
    await Promise.all([...this.warming.values()].map(({ loading }) => loading))
  }

  /** Looks at the table again and again. */
  start(): void {
    this.ticking = this.tick()
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.looks.close()
    await Promise.all([this.ticking, ...[...this.warming.values()].map(({ loading }) => loading)])
  }

  private async tick(): Promise<void> {
    const { signal } = this.stop
    while (!signal.aborted) {
      await pause(LOOK_MS, undefined, { signal, ref: false }).catch(() => {})
      await this.looks.look()
    }
  }

  /** While the database is away, what was seen last holds for a time. Throws nothing. */
  private async lookNow(): Promise<void> {
    const { list, logger, now } = this.parts
    const begunAt = now()
    try {
      this.running = await list().catch(noneWithoutSchema)
      this.lookedAt = begunAt
      this.hasFailed = false
    } catch (error) {
      if (!isDatabaseUnavailable(error) && !this.hasFailed)
        logger.error({ err: error }, 'experiments could not be read')
      this.hasFailed = true
      return
    }
    const ids = new Set(this.running.map(({ experiment }) => experiment.experimentId))
    for (const id of this.warming.keys()) if (!ids.has(id)) this.warming.delete(id)
    for (const { experiment } of this.running) this.warm(experiment)
    this.divide()
  }

  /** Requests are divided where all arms are loaded. */
  private divide(): void {
    const { log, units, shadows, now } = this.parts
    const divided = new Map<number, TrafficSplit>()
    for (const { experiment, phase } of this.running) {
      const { experimentId, deploymentId, isPaused, assignsUntil } = experiment
      const arms = this.warming.get(experimentId)?.arms
      if (arms === undefined || isPaused || deploymentId === null) continue
      const end = assignsUntil?.getTime() ?? Number.POSITIVE_INFINITY
      const until = (): number => Math.min(end, this.lookedAt + STALE_MS)
      const parts = { experiment, phase, arms, log, units, shadows, now, until }
      divided.set(deploymentId, new DividedTraffic(parts))
    }
    this.divided = divided
    units.keepOnly(this.running.map(({ experiment: { experimentId }, phase: { phase } }) => ({ experimentId, phase })))
  }

  private warm(experiment: Experiment): void {
    const { experimentId } = experiment
    let warming = this.warming.get(experimentId)
    if (warming === undefined) {
      warming = { arms: undefined, failures: 0, againAt: 0, loading: undefined }
      this.warming.set(experimentId, warming)
    }
    if (warming.arms !== undefined || warming.loading !== undefined || warming.againAt > performance.now()) return
    const begun = warming
    begun.loading = this.load(experiment, begun).finally(() => {
      begun.loading = undefined
    })
  }

  /** Throws nothing. */
  private async load({ experimentId, plan }: Experiment, warming: Warming): Promise<void> {
    const { predictor, logger } = this.parts
    try {
      const arms: SplitArm[] = []
      for (const { name, version, runId } of plan.arms) {
        arms.push({ name, version, runId, modelName: await predictor.warm(runId) })
      }
      warming.arms = arms as [SplitArm, ...SplitArm[]]
      if (this.warming.get(experimentId) === warming) this.divide()
    } catch (error) {
      warming.failures += 1
      warming.againAt = performance.now() + Math.min(AGAIN_MS * 2 ** (warming.failures - 1), AGAIN_MS_MAX)
      logger.warn({ err: error, experimentId }, 'an arm cannot be loaded yet: the control answers everybody')
    }
  }
}

/** Without the worker's own schema nothing runs. */
function noneWithoutSchema(error: unknown): [] {
  if (error instanceof ServiceError && error.code === 'NOT_SET_UP') return []
  throw error
}
