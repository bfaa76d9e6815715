// The door of training: from a request to work that lies on disk and in the queue, or to a refusal.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { Locks } from '../database/lock-session.ts'
import type { UsableTables } from '../database/tables/usable-tables.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { ServiceError } from '../errors.ts'
import { type IdempotencyKeys, oneCorrelationId } from '../intake/callers-word.ts'
import type { PreparedTraining } from '../intake/intake-worker.ts'
import type { Warning } from '../learning/warnings.ts'
import type { FaultList } from '../model/faults.ts'
import { checkRun } from '../model-runs/check-run.ts'
import { findRun, insertRun } from '../model-runs/runs-table.ts'
import type { ReceivedBody } from '../rows/body-file.ts'
import type { RowsForm } from '../rows/forms.ts'
import type { RowsQuery } from '../rows/rows-query.ts'
import type { Spool } from '../spool/spool.ts'
import type { AcceptedRun, SpoolEntry } from '../spool/spool-file.ts'
import { failed } from '../spool/training-outcome.ts'
import { Preparation, type PreparationParts } from './preparation.ts'
import { reserveFreeId } from './reserve-free-id.ts'
import type { Trainings } from './trainings.ts'

/**
 * A request as it came. `faults` holds what is wrong with its query already; then it is refused with those of its body.
 */
export interface TrainingRequest {
  readonly modelName: string
  readonly runId: number
  readonly form: RowsForm
  readonly query: RowsQuery
  readonly body: ReceivedBody | undefined
  readonly faults: FaultList
  /** The trace that the training is to be part of. */
  readonly traceparent: string | undefined
  /** As the query has it. */
  readonly correlationId: string | undefined
  readonly caller: Caller
}

type CallersWord = { readonly [part in 'traceparent' | 'correlationId' | 'idempotencyKey']?: string | undefined }

/** The same without a run; its model may be named in the body. */
export type NewTrainingRequest = Omit<TrainingRequest, 'modelName' | 'runId'> & {
  readonly modelName: string | undefined
  readonly idempotencyKey: string | undefined
  /** Called with the id of the run before anybody can see it. Where it throws, no run is made. */
  readonly onReserved?: ((runId: number) => Promise<void>) | undefined
}

type NewRunAsked = Pick<NewTrainingRequest, 'caller' | 'onReserved'>

/** A run that was made and accepted. */
export interface NewTraining {
  readonly modelName: string
  readonly runId: number
  /** What was decided about its rows. */
  readonly warnings: readonly Warning[]
}

export interface AcceptanceParts extends PreparationParts {
  readonly audit: Pick<Audit, 'announce'>
  readonly pool: pg.Pool
  readonly locks: Locks
  readonly tables: UsableTables
  readonly keys: IdempotencyKeys<NewTraining>
  readonly spool: Spool
  readonly trainings: Trainings
  /** Runs that may wait, the running one included. */
  readonly queueLengthMax: number
  readonly log: Logger
}

export class Acceptance {
  private readonly parts: AcceptanceParts
  private readonly preparation: Preparation
  /** Requests that are being read and spooled. */
  private readonly underWay = new Set<Promise<unknown>>()

  constructor(parts: AcceptanceParts) {
    this.parts = parts
    this.preparation = new Preparation(parts)
  }

  /**
   * Accepts a training: checks the request and the run, spools the work and queues it. When this has returned, the
   * training will have an end. The same request for a run that is waiting or in work changes nothing. Gives what was
   * decided about the rows. Throws ServiceError; then nothing was kept.
   */
  accept(request: TrainingRequest): Promise<readonly Warning[]> {
    return this.tracked(this.takeRequest(request))
  }

  private async takeRequest({
    body,
    traceparent,
    correlationId,
    caller,
    ...head
  }: TrainingRequest): Promise<readonly Warning[]> {
    const { modelName, runId } = head
    this.parts.trainings.refuseWhenClosed()
    await this.parts.tables.require()
    await this.parts.registry.require(modelName)
    const prepared = await this.preparation.prepare(head, body)
    const { warnings = [] } = prepared.run
    try {
      const before = this.parts.trainings.digestOf(runId)
      if (before !== undefined) {
        if (digestsOf(prepared).includes(await before)) {
          this.parts.log.debug({ runId, model: modelName }, 'the same request again: the run is accepted already')
          return warnings
        }
        const detail = `run ${runId} was accepted before with another model or body`
        throw new ServiceError('RUN_ACCEPTED_DIFFERENTLY', detail)
      }
      this.refuseWhenFull()
      await this.take(withWord(prepared, { traceparent, correlationId }), caller)
      return warnings
    } finally {
      prepared.drop()
    }
  }

  /**
   * Makes the row of a run itself and accepts its training, for callers without a Spring Boot; gives the run's id. The
   * body, or the query of rows without a JSON object, names its model as `model_name`. The id is held here before
   * anybody can see the row, so that no other training takes the run. Throws ServiceError; then no row was made, or it
   * is FAILED with the reason.
   */
  create(request: NewTrainingRequest): Promise<NewTraining> {
    return this.tracked(this.makeRun(request))
  }

  /** Resolves when the requests that are being read now are spooled, or refused. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay)
  }

  private tracked<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work)
    const end = (): boolean => this.underWay.delete(work)
    work.then(end, end)
    return work
  }

  private async makeRun(request: NewTrainingRequest): Promise<NewTraining> {
    const { body, traceparent, correlationId, idempotencyKey, caller, onReserved, ...head } = request
    this.parts.trainings.refuseWhenClosed()
    await this.parts.tables.require()
    const prepared = await this.preparation.prepare({ ...head, runId: 0 }, body)
    try {
      const make = (): Promise<NewTraining> => {
        this.refuseWhenFull()
        return this.takeNew(withWord(prepared, { traceparent, correlationId, idempotencyKey }), { caller, onReserved })
      }
      if (idempotencyKey === undefined) return await make()
      // A folder may have served another database before.
      const isThere = async ({ runId, modelName }: NewTraining): Promise<boolean> =>
        (await findRun(this.parts.pool, runId))?.modelName === modelName
      return await this.parts.keys.once(idempotencyKey, digestsOf(prepared), isThere, async () => make())
    } finally {
      prepared.drop()
    }
  }

  private async takeNew(prepared: PreparedTraining, asked: NewRunAsked): Promise<NewTraining> {
    const { modelName, warnings = [] } = prepared.run
    const { pool, trainings } = this.parts
    // A call for an id that was guessed is still to be told that there is no such run.
    const runId = await reserveFreeId(pool, modelName, (id) => !trainings.isAccepted(id))
    // Again, and without a wait until it counts: others may have come meanwhile.
    this.refuseWhenFull()
    let unanswered: unknown
    await this.hold(
      runId,
      this.spoolNew({ ...prepared, run: { ...prepared.run, runId } }, asked, (error) => (unanswered = error)),
    )
    if (unanswered === undefined) return { modelName, runId, warnings }
    const reason = `its row may have been made, but the database did not answer: ${(unanswered as Error).message}`
    trainings.withdraw(runId, failed('not_accepted', reason))
    throw unanswered
  }

  /**
   * Locks the id, spools the work and makes the row, in this order. Where the database did not answer whether there is
   * a row now, the work stays, for the row to have an end.
   */
  private async spoolNew(
    { run, write }: PreparedTraining,
    { caller, onReserved }: NewRunAsked,
    onUnanswered: (error: unknown) => void,
  ): Promise<SpoolEntry> {
    const { pool, locks, spool, trainings } = this.parts
    const { runId, modelName } = run
    if (!(await locks.tryLock(runId))) {
      throw new ServiceError('RUN_HELD_ELSEWHERE', `another session holds the lock of the new run ${runId}`)
    }
    trainings.refuseWhenClosed()
    await onReserved?.(runId)
    const entry = await this.spool(run, write, caller)
    try {
      await insertRun(pool, runId, modelName)
    } catch (error) {
      if (isDatabaseUnavailable(error)) onUnanswered(error)
      else {
        await spool.remove(entry.path)
        await this.tellWithdrawn(run, caller)
        await this.release(run)
        throw error
      }
    }
    return entry
  }

  private refuseWhenFull(): void {
    const { trainings, queueLengthMax } = this.parts
    if (trainings.length < queueLengthMax) return
    throw new ServiceError('QUEUE_FULL', `${trainings.length} trainings are waiting (TRAIN_QUEUE_LIMIT)`, {
      retryAfterSeconds: 10,
    })
  }

  /**
   * Takes hold of a run, spools its work and queues it. Throws ServiceError; then the run is let go. Between the look at
   * `digestOf` and `add`, which counts the run as accepted, nothing is awaited: of two requests for one run that come
   * together, the second finds the first.
   */
  private take(prepared: PreparedTraining, caller: Caller): Promise<void> {
    return this.hold(prepared.run.runId, this.spoolHeld(prepared, caller))
  }

  private async hold(runId: number, spooled: Promise<SpoolEntry>): Promise<void> {
    try {
      await this.parts.trainings.add(runId, spooled)
    } catch (error) {
      await this.parts.locks.unlock(runId)
      throw error
    }
  }

  private async spoolHeld({ run: accepted, write }: PreparedTraining, caller: Caller): Promise<SpoolEntry> {
    const { pool, locks } = this.parts
    const { runId, modelName } = accepted
    const run = await findRun(pool, runId)
    checkRun(run, runId, modelName)
    if (!(await locks.tryLock(runId))) {
      const holder = locks.foreignLockOn(runId) ?? `run ${runId} was accepted by another worker`
      throw new ServiceError('RUN_HELD_ELSEWHERE', holder)
    }
    // It may have had its end between the two looks.
    checkRun(await findRun(pool, runId), runId, modelName)
    this.parts.trainings.refuseWhenClosed()
    return this.spool(accepted, write, caller)
  }

  /** The audit comes first: no training begins that it does not know. One that could not be spooled after all it is told, too. */
  private async spool(run: AcceptedRun, write: PreparedTraining['write'], caller: Caller): Promise<SpoolEntry> {
    const { audit, spool } = this.parts
    await this.use(run)
    try {
      await audit.announce({ ...eventOf(run, caller), action: 'run.train' })
    } catch (error) {
      await this.release(run)
      throw error
    }
    try {
      return await spool.addWritten(run, (path, sealing) => write(path, run, sealing))
    } catch (error) {
      await this.tellWithdrawn(run, caller)
      await this.release(run)
      const detail = `the work could not be written to disk: ${(error as Error).message}`
      throw new ServiceError('DISK_UNAVAILABLE', detail, { cause: error })
    }
  }

  /** From now on the data set of the run stays. */
  private async use({ datasetId, runId }: AcceptedRun): Promise<void> {
    if (datasetId !== undefined) await this.parts.dataSets.use(datasetId, runId)
  }

  private async release({ datasetId, runId }: AcceptedRun): Promise<void> {
    if (datasetId !== undefined) await this.parts.dataSets.release(datasetId, runId).catch(() => {})
  }

  /** The caller is told that the run was not accepted, with or without an entry of that. */
  private tellWithdrawn(run: AcceptedRun, caller: Caller): Promise<void> {
    return this.parts.audit.announce({ ...eventOf(run, caller), action: 'run.withdraw' }).catch(() => {})
  }
}

function eventOf({ runId, modelName, digest, datasetId }: AcceptedRun, caller: Caller) {
  const details = { model: modelName, ...(datasetId === undefined ? {} : { dataset: datasetId }) }
  return { caller, resource: `run/${runId}`, after: digest, details }
}

/** By which the request is known: the one that is kept of it first. */
function digestsOf({ run, earlierDigest }: PreparedTraining): readonly [string, string] {
  return [run.digest, earlierDigest]
}

/** With what the caller says of the run beside its rows. Throws ServiceError when query and body contradict each other. */
function withWord(prepared: PreparedTraining, given: CallersWord): PreparedTraining {
  const correlationId = oneCorrelationId(given.correlationId, prepared.run.correlationId)
  const said = Object.entries({ ...given, correlationId }).filter(([, value]) => value !== undefined)
  return { ...prepared, run: { ...prepared.run, ...Object.fromEntries(said) } }
}
