// Logged predictions with outcomes become two data sets of the house: one that a challenger learns from, and one of the newest
// rows, which it is judged on beside the champion.
import type { Caller } from '../../../caller.ts'
import type { OwnSchema } from '../../../database/own-schema/own-schema.ts'
import type { Transaction } from '../../../database/pool.ts'
import type { DataSets } from '../../../datasets/data-sets.ts'
import type { Dataset } from '../../../datasets/dataset.ts'
import { countErasures } from '../../../erasures/erasures-table.ts'
import type { MemoryBudget } from '../../../memory/memory-budget.ts'
import { shownNames } from '../../../model/shown.ts'
import type { Project } from '../../../projects/project.ts'
import type { Projects } from '../../../projects/projects.ts'
import { findActiveVersion } from '../../../projects/standing-table.ts'
import type { TakesWeights } from '../../../projects/takes-weights.ts'
import type { Versions } from '../../../projects/versions/versions.ts'
import type { MonitoringSettings } from '../../log/monitoring-settings.ts'
import { countPredictions } from '../../log/predictions-table.ts'
import type { LoggedColumns, VersionColumns } from '../../log/version-columns.ts'
import {
  type CollectedDatasets,
  forgetCollected,
  lastCollected,
  writeCollected,
  writeHeldBack,
} from '../collected-table.ts'
import type { Collected, Retraining } from '../retraining.ts'
import type { RetrainingEnd } from '../retrainings-table.ts'
import { descriptionOf, tooFew, type Window } from './collected-words.ts'
import { type LogPlace, labelledPages, newestColumns, type PagesParts } from './labelled-pages.ts'
import { RowReader } from './labelled-row.ts'
import { HELD_BACK_MIN, type Survey, surveyRows } from './survey.ts'
import { untrainable } from './training-of-log.ts'
import { linesOf } from './written-lines.ts'

export interface CollectorParts extends Omit<PagesParts, 'client'> {
  readonly ownSchema: OwnSchema
  readonly dataSets: Pick<DataSets, 'incoming' | 'delete'>
  readonly projects: Pick<Projects, 'findActive'>
  readonly versions: Pick<Versions, 'find'>
  readonly settings: Pick<MonitoringSettings, 'of'>
  readonly takesWeights: TakesWeights
  readonly budget: MemoryBudget
  readonly now: () => Date
}

/** later: something is in the way, and it is to be tried again. An end: there are no rows to learn from. */
export type CollectorResult = CollectedDatasets | 'later' | RetrainingEnd

/** Another worker collects for the same retraining: this one was taken for gone. */
class Overtaken extends Error {}

const DAY_MS = 86_400_000
const WORKER: Caller = { actor: 'worker/retraining', address: null, requestId: null }

export class Collector {
  private readonly parts: CollectorParts

  constructor(parts: CollectorParts) {
    this.parts = parts
  }

  /**
   * Reads the log twice, and writes both data sets down with the retraining. What a worker that was killed has begun is deleted,
   * and begun anew. Throws ServiceError.
   */
  async collect(retraining: Retraining, signal: AbortSignal): Promise<CollectorResult> {
    const { pool } = this.parts.ownSchema
    await this.forget(retraining)
    // Rows that are being erased must not be read while they are still there, nor be in a data set that the erasure did not see.
    const before = await countErasures(pool)
    if (before.isRunning) return 'later'
    const result = await this.read(retraining, signal).catch((error: unknown) => {
      if (error instanceof Overtaken) return 'later' as const
      throw error
    })
    const after = await countErasures(pool)
    const isErased = after.isRunning || after.count !== before.count
    return isErased && result !== 'later' && 'datasetId' in result ? 'later' : result
  }

  /** Its data sets are deleted, with what they hold. */
  private async forget(retraining: Retraining): Promise<void> {
    const { datasetId, heldBackDatasetId } = retraining
    for (const id of [datasetId, heldBackDatasetId]) {
      if (id !== null) await this.parts.dataSets.delete(id, true, WORKER)
    }
    if (heldBackDatasetId !== null) await forgetCollected(this.parts.ownSchema.pool, retraining)
  }

  private async read(retraining: Retraining, signal: AbortSignal): Promise<CollectedDatasets | RetrainingEnd> {
    const { ownSchema, columns, keys, budget, projects } = this.parts
    const { policy, projectId, environment } = retraining
    const project = await projects.findActive(String(projectId))
    const champion = await findActiveVersion(ownSchema.pool, projectId, environment)
    const window = await this.windowOf(retraining)
    const pages = { client: ownSchema.pool, columns, keys }
    const found = await this.columnsOf(project, champion, pages, window)
    if (found === undefined) return tooFew(window, policy, undefined)
    const logged = untrainable(project) ?? readable(found.version, found.columns)
    if (typeof logged === 'string') return { outcome: 'failed', finding: logged, champion }
    const wanted = { version: found.version, columns: logged }
    const reader = new RowReader(logged)
    const learnt = champion && (await lastCollected(ownSchema.pool, projectId, environment, champion))
    const memory = budget.hold('the rows of a retraining')
    try {
      const wish = { share: policy.logHeldBack, learntBefore: learnt ? learnt.boundary : undefined }
      const survey = await surveyRows(labelledPages(pages, window, reader, signal), wish, memory)
      const isEnough = survey.rowCount + survey.heldBackCount >= policy.logRowsMin
      if (!isEnough || survey.heldBackCount < HELD_BACK_MIN) return tooFew(window, policy, survey)
      const lines = linesOf(pages, window, reader, survey, signal)
      return await this.write(retraining, project, { window, survey, wanted, reader, lines })
    } finally {
      memory.release()
    }
  }

  /** Predictions whose outcomes have had their time, and how many the log has of them. */
  private async windowOf({ projectId, environment, policy }: Retraining): Promise<Window> {
    const { ownSchema, settings, now } = this.parts
    const { outcome_days: outcomeDays, log } = await settings.of(projectId)
    const to = now().getTime() - outcomeDays * DAY_MS
    const last = policy.logSinceLast ? await lastCollected(ownSchema.pool, projectId, environment) : undefined
    const from = Math.max(to - policy.logDays * DAY_MS, last?.to ?? 0)
    const filter = { environment, from, to }
    const loggedCount = await countPredictions(ownSchema.pool, projectId, filter)
    const labelledCount = await countPredictions(ownSchema.pool, projectId, { ...filter, hasOutcome: true })
    return { projectId, ...filter, outcomeDays, log, loggedCount, labelledCount }
  }

  /** The columns of what is active, else of what predicted last; undefined where there are no rows. */
  private async columnsOf(project: Project, champion: number | undefined, pages: PagesParts, place: LogPlace) {
    if (champion === undefined) return newestColumns(pages, place)
    const { runId } = await this.parts.versions.find(String(project.projectId), champion)
    return { version: champion, columns: await pages.columns.of(runId) }
  }

  private async write(
    retraining: Retraining,
    project: Project,
    { window, survey, wanted, reader, lines }: Found,
  ): Promise<CollectedDatasets> {
    const { dataSets, takesWeights } = this.parts
    const isEqual = survey.weightMin === survey.weightMax
    const weights = isEqual ? 'equal' : takesWeights(project) ? 'used' : 'not_used'
    const { from, to, loggedCount, labelledCount } = window
    const { rowCount, heldBackCount, boundary, last: _, repeated: __, leftOut, ...others } = survey
    const readCount = Object.values(leftOut).reduce((sum, count) => sum + count, rowCount + heldBackCount)
    const over = Math.max(0, labelledCount - readCount)
    const collected: Collected = {
      ...{ from, to, loggedCount, rowCount, heldBackCount, weights, ...others },
      columnsOf: wanted.version,
      features: wanted.columns.features.map(({ name }) => name),
      weightColumn: weights === 'used' ? reader.told.weight : null,
      boundary: boundary as string,
      leftOut: over > 0 ? { ...leftOut, over_limit: over } : leftOut,
    }
    const add = (part: 'rows' | 'held-back', text: AsyncIterable<string>, write: Write): Promise<Dataset> => {
      const name = `${project.name}.logged.${part}`
      const description = descriptionOf(project.name, retraining, collected, part)
      const meta = { name, description, labels: [reader.labelName], form: 'ndjson', dialect: {} } as const
      return dataSets.incoming.addWritten(text, meta, WORKER, async (tx, { datasetId, rowCount: count }) => {
        if (!(await write(tx, datasetId, count))) throw new Overtaken()
      })
    }
    const heldBack = await add('held-back', lines.heldBack(), (tx, id) => writeHeldBack(tx, retraining, id))
    // Outcomes may have come since the first reading.
    const counts = { heldBackCount: heldBack.rowCount }
    const { datasetId: heldBackDatasetId } = heldBack
    try {
      const { datasetId } = await add('rows', lines.learnt(), (tx, id, count) => {
        const written = { ...collected, ...counts, rowCount: count }
        return writeCollected(tx, retraining, { datasetId: id, heldBackDatasetId }, written)
      })
      return { datasetId, heldBackDatasetId }
    } catch (error) {
      // Where this fails too, the next attempt does it.
      await dataSets.delete(heldBackDatasetId, true, WORKER).catch(() => {})
      throw error
    }
  }
}

interface Found {
  readonly window: Window
  readonly survey: Survey
  readonly wanted: { readonly version: number; readonly columns: LoggedColumns }
  readonly reader: RowReader
  readonly lines: ReturnType<typeof linesOf>
}

type Write = (tx: Transaction, datasetId: number, rowCount: number) => Promise<boolean>

/** The columns of a version; or why rows of the log cannot have them. */
function readable(version: number, columns: VersionColumns): LoggedColumns | string {
  const { features, answer, outputCount } = columns
  if (answer === undefined) return `version ${version} takes tensors, of which the log keeps no values`
  const texts = features.filter(({ isText }) => isText).map(({ name }) => name)
  if (texts.length > 0) {
    return `version ${version} has columns of text, whose words the log does not keep: ${shownNames(texts)}`
  }
  if (outputCount > 1) {
    return `version ${version} has ${outputCount} labels, and outcomes are of the first alone: ${answer.name}`
  }
  return { ...columns, answer }
}
