// Outcomes as a route takes them: all of a request or nothing, in one transaction, with the hours that they change.
import type { Audit } from '../../audit/audit.ts'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { DAY_MS } from '../../model/times.ts'
import { isSampled } from '../../prediction/sampling.ts'
import type { Project } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import { timeOfId } from '../log/logged-row.ts'
import type { AnswerKinds } from '../performance/answer-kinds.ts'
import { markHours } from '../performance/marks-table.ts'
import { type KnownOutcome, keepOutcomes } from './keep-outcomes.ts'
import { insertKeyedOutcomes } from './keyed-outcomes-table.ts'
import { type GivenOutcome, OUTCOME_KINDS, type OutcomeCounts, type OutcomeKind } from './outcome.ts'
import { answerRequest, claimRequest, findLoggedVersions } from './outcomes-table.ts'
import { placeKeyed } from './place-keyed.ts'

/** Of the log of a project. */
export interface LogFacts {
  /** Share of the predictions that is logged: 0 where the log is off. */
  readonly rate: number
  readonly keptDays: number
  /** The column of the rows that has their keys; undefined where there is none. */
  readonly keyColumn: string | undefined
}

export interface OutcomesParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Pick<Projects, 'findActive'>
  readonly logOf: (projectId: number) => Promise<LogFacts>
  readonly answers: Pick<AnswerKinds, 'of'>
  readonly keys: KeyRing
  /** There is something to sum up. */
  readonly onMarked: () => void
  readonly now: () => number
}

export interface TakenOutcomes {
  readonly received: number
  readonly counts: OutcomeCounts
  /** Of those that are kept, how many wait for their prediction to come into the log. */
  readonly waiting: number
  /** Rows that were not kept, the first of them; keys of theirs are not said. */
  readonly setAside: readonly SetAside[]
}

interface SetAside {
  readonly row: number
  readonly predictionId?: string | undefined
  readonly kind: OutcomeKind
}

export interface OutcomesRequest {
  readonly given: readonly GivenOutcome[]
  readonly idempotencyKey: string | undefined
  /** SHA-256 of the body. */
  readonly digest: string
}

const SET_ASIDE_MAX = 100
/** Hexadecimal digits of an id that count the rows of its request. */
const ROW_DIGITS = 7

export class Outcomes {
  private readonly parts: OutcomesParts

  constructor(parts: OutcomesParts) {
    this.parts = parts
  }

  /** Whether outcomes of a project may name their predictions by key. Throws ServiceError as take does. */
  async takesKeys(named: string): Promise<boolean> {
    const { projectId } = await this.parts.projects.findActive(named)
    return (await this.parts.logOf(projectId)).keyColumn !== undefined
  }

  /**
   * Keeps the outcomes of a request. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED, IDEMPOTENCY_KEY_REUSED, and
   * REQUEST_INVALID with every outcome that cannot be one of its version; then nothing is changed.
   */
  async take(named: string, request: OutcomesRequest, caller: Caller): Promise<TakenOutcomes> {
    const { ownSchema, projects, logOf, onMarked } = this.parts
    const project = await projects.findActive(named)
    const log = await logOf(project.projectId)
    const taken = await inTransaction(ownSchema.pool, async (tx) => {
      const { idempotencyKey: key, digest } = request
      if (key === undefined) return this.takeIn(tx, project, request.given, log, caller)
      const before = await claimRequest(tx, project.projectId, key, { digest, answer: null })
      if (before !== undefined) return repeated(before.answer, before.digest === digest, key)
      const made = await this.takeIn(tx, project, request.given, log, caller)
      await answerRequest(tx, project.projectId, key, made)
      return made
    })
    onMarked()
    return taken
  }

  private async takeIn(
    tx: Transaction,
    project: Project,
    given: readonly GivenOutcome[],
    log: LogFacts,
    caller: Caller,
  ): Promise<TakenOutcomes> {
    const { projectId, name } = project
    const now = this.parts.now()
    const ids = [...new Set(given.flatMap(({ predictionId }) => predictionId ?? []))].sort()
    const versions = new Map(await findLoggedVersions(tx, projectId, ids))
    const keyed = await placeKeyed(tx, projectId, given, { ...log, keys: this.parts.keys, now })
    for (const { predictionId, version } of keyed.found.values()) versions.set(predictionId, version)
    const idOf = ({ row, predictionId }: GivenOutcome) => predictionId ?? keyed.found.get(row)?.predictionId
    await this.refuseOthers(projectId, given, (one) => versions.get(idOf(one) ?? ''))
    const counts = Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, 0])) as Record<OutcomeKind, number>
    const setAside: SetAside[] = []
    const wanted: KnownOutcome[] = []
    for (const one of given) {
      const predictionId = idOf(one)
      const isLogged = predictionId !== undefined && versions.has(predictionId)
      const kind = isLogged
        ? undefined
        : predictionId === undefined
          ? keyed.kinds.get(one.row)
          : whyNeverLogged(predictionId, log, now)
      if (kind === undefined) wanted.push({ ...one, predictionId: predictionId as string, receivedAt: now })
      else {
        counts[kind] += 1
        const isKept = kind !== 'expired' && kind !== 'not_sampled'
        if (!isKept && setAside.length < SET_ASIDE_MAX) setAside.push({ row: one.row, predictionId, kind })
      }
    }
    const kept = await keepOutcomes(tx, projectId, wanted, (id) => versions.has(id))
    for (const kind of kept.kinds) counts[kind] += 1
    await insertKeyedOutcomes(tx, projectId, keyed.waiting)
    await markHours(tx, projectId, kept.changedIds.map(timeOfId))
    const keptIds = new Set(wanted.map(({ predictionId }) => predictionId))
    const waiting = [...keptIds].filter((id) => !versions.has(id)).length + keyed.waitingCount
    if (kept.changedIds.length > 0 || keyed.waiting.length > 0) {
      const details = { name, received: given.length, ...counts }
      await this.parts.audit.append(tx, { caller, action: 'outcome.create', resource: `project/${projectId}`, details })
    }
    return { received: given.length, counts, waiting, setAside }
  }

  /** Adds a fault for each outcome that is no number, of a version that answers with numbers. */
  private async refuseOthers(
    projectId: number,
    given: readonly GivenOutcome[],
    versionOf: (outcome: GivenOutcome) => number | undefined,
  ): Promise<void> {
    const ofNumbers = new Set<number>()
    for (const version of new Set(given.map(versionOf))) {
      if (version === undefined) continue
      const answers = await this.parts.answers.of(projectId, version)
      if (answers?.kind === 'numbers') ofNumbers.add(version)
    }
    if (ofNumbers.size === 0) return
    const faults = new FaultList()
    for (const one of given) {
      const { row, number } = one
      const version = versionOf(one)
      if (version === undefined || number !== undefined || !ofNumbers.has(version)) continue
      faults.add({
        in: 'body',
        row,
        column: 'outcome',
        detail: `expected a number: version ${version} predicts numbers`,
      })
    }
    if (!faults.isEmpty) throw invalidRequest(faults)
  }
}

/** Why a prediction that is not in the log will never be there; undefined where it may still come. */
function whyNeverLogged(
  predictionId: string,
  { rate, keptDays }: LogFacts,
  now: number,
): 'expired' | 'not_sampled' | undefined {
  if (timeOfId(predictionId) < now - keptDays * DAY_MS) return 'expired'
  const row = Number.parseInt(predictionId.slice(-ROW_DIGITS), 16)
  return isSampled(predictionId.slice(0, -ROW_DIGITS), row, rate) ? undefined : 'not_sampled'
}

function repeated(answer: unknown, isSame: boolean, key: string): TakenOutcomes {
  if (isSame) return answer as TakenOutcomes
  const detail = `Idempotency-Key ${JSON.stringify(key)} was used with other outcomes`
  throw new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
}
