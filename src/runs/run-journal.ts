// Keeps what the tables cannot: progress while a run is trained here; its times, parameters and log lines afterwards.
import type { Logger } from 'pino'
import { warningText } from '../learning/warnings.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { TrainingOutcome } from '../spool/training-outcome.ts'
import type { TrainingEvent } from '../training/training-events.ts'
import { LiveRun } from './live-run.ts'
import type { LogLine } from './log-line.ts'
import type { RunArchive } from './run-archive.ts'
import { RunLog } from './run-log.ts'
import { type RunRecord, withoutMentions } from './run-record.ts'

/** Ended runs whose records are in memory too: until they are written, and when they cannot be. */
const RECENT_MAX = 50

/** What is kept of a run beside its row and its parameters. */
export type KnownOfRun = Required<Pick<RunRecord, 'warnings' | 'splitSeed'>>

/**
 * No training waits for it: the archive is written behind it, one write after the other, and what that does not take is
 * logged and missing then.
 */
export class RunJournal {
  private readonly archive: RunArchive
  private readonly registry: Pick<ModelRegistry, 'find'>
  private readonly log: Logger
  private readonly lives = new Map<number, LiveRun>()
  private readonly recent = new Map<number, RunRecord>()
  private readonly listeners = new Map<number, Set<() => void>>()
  private writing: Promise<void> = Promise.resolve()
  /** Runs whose lines are to be written when the write before has ended. */
  private readonly unwritten = new Set<number>()

  constructor(archive: RunArchive, registry: Pick<ModelRegistry, 'find'>, log: Logger) {
    this.archive = archive
    this.registry = registry
    this.log = log
  }

  /** The run while it waits or is trained here. */
  live(runId: number): LiveRun | undefined {
    return this.lives.get(runId)
  }

  /** What is kept of a run that has ended. */
  async record(runId: number): Promise<RunRecord | undefined> {
    return this.recent.get(runId) ?? (await this.archive.readRecord(runId))
  }

  /** The same of several, by run, without their parameters. */
  async records(runIds: readonly number[]): Promise<ReadonlyMap<number, RunRecord>> {
    const recent = runIds.flatMap((runId) => this.recent.get(runId) ?? [])
    const known = new Map(recent.map((record) => [record.runId, record]))
    const others = runIds.filter((runId) => !known.has(runId))
    return new Map([...(await this.archive.readRecords(others)), ...known])
  }

  /** The lines of the run's log after the one with that id. */
  async lines(runId: number, afterId = 0): Promise<LogLine[]> {
    const live = this.lives.get(runId)
    if (live === undefined) {
      await this.writing
      return this.archive.readLog(runId, afterId)
    }
    const own = live.log.after(afterId)
    const [first] = live.log.after(0)
    if (first !== undefined && afterId >= first.id) return own
    const before = await this.archive.readLog(runId, afterId)
    return [...before.filter(({ id }) => id < (first?.id ?? Number.POSITIVE_INFINITY)), ...own]
  }

  /** The runs that the caller gave this id, of those that are known here. */
  async runIdsOf(correlationId: string): Promise<number[]> {
    const kept = await this.archive.runIdsOf(correlationId)
    const recent = [...this.recent.values()].map((record) => [record.runId, record.correlationId] as const)
    const live = [...this.lives].map(([runId, { run }]) => [runId, run.correlationId] as const)
    const here = new Map([...recent, ...live])
    const others = kept.filter((runId) => !here.has(runId))
    return [...others, ...[...here].filter(([, id]) => id === correlationId).map(([runId]) => runId)]
  }

  /** Calls `listener` whenever something of the run has changed. Returns the function that ends that. */
  listen(runId: number, listener: () => void): () => void {
    const listeners = this.listeners.get(runId) ?? new Set()
    this.listeners.set(runId, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.listeners.delete(runId)
    }
  }

  /** All parameters of a run with their defaults, and what its search found; null when its model class is gone. */
  parametersOf({ modelName, parameters }: AcceptedRun, outcome?: TrainingOutcome): RunRecord['parameters'] {
    const known = this.registry.find(modelName)
    if (known === undefined) return null
    const found = outcome?.type === 'trained' ? outcome.found : undefined
    return { ...known.model.get_default_parameters(), ...parameters, ...found }
  }

  /** Of a run that has no end yet: what was decided about its rows. */
  knownOf(run: AcceptedRun): KnownOfRun {
    return { warnings: run.warnings ?? null, splitSeed: splitSeedOf(run) }
  }

  observe(event: TrainingEvent): void {
    if (event.type === 'queued') {
      const { run, acceptedAt } = event
      this.lives.set(run.runId, new LiveRun(run, acceptedAt, this.archive.earlierLogBytes(run.runId)))
      this.write(run.runId, () => this.archive.begin(run.runId, acceptedAt))
      return
    }
    const runId = event.type === 'begun' ? event.run.runId : event.runId
    const live = this.lives.get(runId)
    if (event.type === 'ended') this.end(event, live)
    else if (live === undefined || event.type === 'stopped') return
    else if (event.type === 'begun') live.begin(event.at, event.attempt)
    else if (event.type === 'progressed') live.progressed(event.at, event.progress)
    else if (event.type === 'dropped') live.log.add(event.at, 'worker', describeDropped(event))
    else if (event.type === 'printed') live.log.add(event.at, event.source, event.line)
    else this.leave(runId, live)
    this.writeLines(runId)
    for (const listener of this.listeners.get(runId) ?? []) listener()
  }

  /**
   * Removes every line that mentions a value, and from records what does: in memory, files and tables. Throws what the
   * disk or the database throws.
   */
  async erase(isMentioned: (text: string) => boolean, signal: AbortSignal) {
    let linesInMemory = 0
    for (const live of this.lives.values()) linesInMemory += live.log.erase(isMentioned)
    for (const [runId, record] of this.recent) {
      this.recent.set(runId, withoutMentions(record, isMentioned) ?? record)
    }
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const done = this.writing.then(work)
      this.writing = done.then(
        () => {},
        () => {},
      )
      return done
    }
    return { linesInMemory, ...(await this.archive.erase(isMentioned, signal, inTurn)) }
  }

  /** Resolves when all that was observed is written. */
  async close(): Promise<void> {
    await this.writing
    await this.archive.close()
  }

  private end(
    { runId, modelName, at, outcome }: Extract<TrainingEvent, { type: 'ended' }>,
    live: LiveRun | undefined,
  ): void {
    const log = live?.log ?? new RunLog(this.archive.earlierLogBytes(runId))
    const warnings = (outcome.type === 'trained' ? outcome.warnings : live?.run.warnings) ?? null
    for (const warning of warnings ?? []) log.add(at, 'worker', `warning: ${warningText(warning)}`)
    log.add(at, 'worker', describeEnd(outcome))
    const record: RunRecord = {
      runId,
      modelName: modelName ?? null,
      status: outcome.type === 'trained' ? 'SUCCESS' : 'FAILED',
      acceptedAt: live?.acceptedAt ?? null,
      startedAt: live?.startedAt ?? null,
      endedAt: at,
      secondsTrained: outcome.type === 'trained' ? outcome.durationMs / 1000 : null,
      parameters: live === undefined ? foundBy(outcome) : this.parametersOf(live.run, outcome),
      warnings,
      splitSeed: live === undefined ? null : splitSeedOf(live.run),
      ...wordOf(live?.run),
      error: outcome.type === 'trained' ? null : { code: outcome.code, message: outcome.message },
    }
    this.lives.delete(runId)
    this.recent.delete(runId)
    this.recent.set(runId, record)
    for (const oldest of this.recent.keys()) if (this.recent.size > RECENT_MAX) this.recent.delete(oldest)
    this.write(runId, async () => {
      await this.archive.begin(runId, live?.acceptedAt ?? at)
      await this.archive.append(runId, [...log.takeUnwritten(), ...log.rest])
      await this.archive.writeRecord(record)
    })
  }

  /** It is kept for the next start, or another worker's. */
  private leave(runId: number, live: LiveRun): void {
    this.lives.delete(runId)
    this.write(runId, () => this.archive.append(runId, [...live.log.takeUnwritten(), ...live.log.rest]))
  }

  /** Writes what has come, and what comes until the write before has ended. */
  private writeLines(runId: number): void {
    if (this.unwritten.has(runId) || !this.lives.has(runId)) return
    this.unwritten.add(runId)
    this.write(runId, async () => {
      this.unwritten.delete(runId)
      await this.archive.append(runId, this.lives.get(runId)?.log.takeUnwritten() ?? [])
    })
  }

  private write(runId: number, work: () => Promise<void>): void {
    this.writing = this.writing.then(work).catch((error) => {
      this.log.warn({ err: error, runId }, 'the record or the log of a run could not be written')
    })
  }
}

/** Null where no rows were held out. */
function splitSeedOf({ validationSplit, splitSeed = SPLIT_SEED_DEFAULT }: AcceptedRun): number | null {
  return validationSplit === null ? null : splitSeed
}

/** Of a run that was not trained here: what its import says. */
function foundBy(outcome: TrainingOutcome): RunRecord['parameters'] {
  return outcome.type === 'trained' && outcome.found !== undefined ? { ...outcome.found } : null
}

function describeEnd(outcome: TrainingOutcome): string {
  if (outcome.type === 'trained') return `training succeeded after ${(outcome.durationMs / 1000).toFixed(3)} s`
  return `training failed, ${outcome.code}: ${outcome.message}`
}

function describeDropped({ status, outcome }: Extract<TrainingEvent, { type: 'dropped' }>): string {
  const found = status === null ? 'its row is gone' : `its status was set to ${JSON.stringify(status.slice(0, 60))}`
  const lost = outcome === undefined ? 'it is not trained' : `what came of its training (${outcome}) is dropped`
  return `${found} from elsewhere: ${lost}`
}

/** What the caller said of the run, for its record. */
function wordOf(run: AcceptedRun | undefined): Pick<RunRecord, 'correlationId' | 'made'> {
  if (run === undefined) return {}
  const { correlationId, idempotencyKey, digest } = run
  return {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(idempotencyKey === undefined ? {} : { made: { idempotencyKey, digest } }),
  }
}
