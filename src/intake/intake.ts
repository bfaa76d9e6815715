// From the body of a training request to work. Everything that is wrong is found before anything is kept.
import { invalidRequest } from '../errors.ts'
import type { Estimator } from '../learning/estimator.ts'
import { type WarningCode, WarningList } from '../learning/warnings.ts'
import type { CrossFitting, FoldPlan } from '../model/cross-fitting/cross-fitting.ts'
import { readExtraColumns, withoutExtra } from '../model/extra-columns.ts'
import { FaultList } from '../model/faults.ts'
import type { ColumnNames, Model } from '../model/model.ts'
import { addLabelFaults, type Pipeline } from '../model/pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import type { ReadingOptions } from '../model/reading-options.ts'
import { compareColumns } from '../model/schema.ts'
import { settleTable } from '../model/settle-columns.ts'
import type { Settling } from '../model/settling.ts'
import type { Table } from '../model/table.ts'
import type { TableMemory } from '../model/table-memory.ts'
import { usersFault } from '../model/users-of.ts'
import type { RowsForm } from '../rows/forms.ts'
import { type ReadBody, tableOf } from '../rows/json-body.ts'
import type { SplitBy, TrainingWork } from '../spool/spool-file.ts'
import { readCorrelationId } from './callers-word.ts'
import { checkSplits } from './check-splits.ts'
import { type CrossFittingWish, checkDecidedLabels, type FoldWish, readCrossFitting } from './read-cross-fitting.ts'
import { createPipeline, readParameters } from './read-parameters.ts'
import { readSearch } from './read-search.ts'
import { readSplitSeed, readValidationSplit } from './read-split.ts'
import { type AsideWishes, readAsideWishes, type SetAside, setAside } from './set-aside.ts'

/** What a training needs to know of its request besides its rows. */
export interface RequestIdentity {
  readonly runId: number
  /** SHA-256 of what is asked for, hexadecimal, once the rows are what they are trained as. */
  readonly digestWith: (rows: TrainingRows) => string
  readonly form: RowsForm
  /** Of which the rows are. */
  readonly datasetId?: number
  /** What it says of how its columns are to be read. */
  readonly options: ReadingOptions
  /** Asked before columns take memory that are made of others. */
  readonly memory?: TableMemory | undefined
}

export type TrainingRows = Pick<TrainingWork, 'features' | 'labels' | 'aside'>

/**
 * Holds the body of a training request to its model. Throws ServiceError REQUEST_INVALID with every fault of
 * parameters, columns, rows and labels, after those in `faults`. O(cells).
 */
export function checkTraining(
  model: Model,
  { runId, digestWith, form, options, memory, datasetId }: RequestIdentity,
  body: ReadBody,
  faults = new FaultList(),
): TrainingWork {
  faults.addAll(body.faults)
  const parameters = readParameters(model, body.others.get('parameters'), faults)
  const pipeline = createPipeline(model, parameters, faults)
  const warnings = new WarningList()
  for (const rows of [body.features, body.labels]) if ('warnings' in rows) warnings.addAll(rows.warnings)
  const settling = {
    options,
    takes: (kind: 'time' | 'text', column: string): boolean => pipeline.takes(kind, column),
    isOfTexts: form === 'csv',
    memory,
    faults,
    warn: (code: WarningCode, column: string, message: string): void => warnings.add({ code, message, column }),
  }
  checkColumnTypes(model, body, options, faults)
  const extraColumns = readExtraColumns(body.others.get('extra_columns'), (detail) =>
    faults.add(
      form === 'json'
        ? { in: 'body', detail: `extra_columns: ${detail}` }
        : { in: 'query', parameter: 'extra_columns', detail },
    ),
  )
  const wishes = readAsideWishes(body.others.get('weights'), body.others.get('split_by'), faults)
  const { kind } = pipeline.estimator
  const searched = { model, kind, parameters, splitBy: wishes.splitBy }
  const wish = readSearch(body.others.get('search'), searched, faults)
  const fitting = readCrossFitting(body.others, pipeline, wishes.splitBy, faults)
  const folded = { search: wish, cross_validation: fitting.crossValidation }
  for (const place of ['search', 'cross_validation'] as const) {
    if (pipeline.isTimed && folded[place] !== undefined) faults.add({ in: place, detail: TIMED_FOLDS })
  }
  const besides = { ...wishes, foldBy: wish?.foldBy, crossValidateBy: fitting.crossValidateBy }
  const { rest, aside, splitBy, foldBy, crossValidateBy } = withoutAside(body, besides, settling)
  const given = extraColumns === 'drop' ? withoutDropped(rest, model.feature_names, settling.warn) : rest
  const features = readTable(given, 'features', model.feature_names, settling)
  const areNumbersAsked = kind === 'regressor'
  const labels = readLabels(model, pipeline, body, features, { ...settling, areNumbersAsked })
  const validationSplit = readValidationSplit(body.others.get('validation_split'), faults)
  const splitSeed = readSplitSeed(body.others.get('split_seed'), faults)
  if (wishes.splitBy !== undefined && validationSplit === null) {
    faults.add({ in: 'split_by', detail: 'it says which rows validation_split holds out, which is not there' })
  }
  const search = wish && { ...wish.settings, folds: settledFolds(wish.settings.folds, foldBy) }
  const crossFitting = crossFittingOf(fitting, crossValidateBy)
  if (crossFitting.crossValidation?.kind === 'time' && crossFitting.crossValidation.repeats > 1) {
    faults.add({ in: 'cross_validation', detail: 'repeats: folds in time are the same each time' })
  }
  const chosen = {
    ...{ parameters, validationSplit, splitSeed },
    ...(splitBy === undefined ? {} : { splitBy }),
    ...(search === undefined ? {} : { search }),
    ...crossFitting,
  }
  const correlationId = readCorrelationId(body.others.get('correlation_id'), faults)
  const said = {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(datasetId === undefined ? {} : { datasetId }),
  }
  const run = { runId, modelName: model.name, ...chosen, ...said, warnings: warnings.listed }
  if (faults.isEmpty && features !== undefined && labels !== undefined) {
    checkRows(model, kind, features, faults)
    checkDecidedLabels(crossFitting, labels, faults)
    const rows = { features, labels, ...(Object.keys(aside).length === 0 ? {} : { aside }) }
    checkSplits({ run, ...rows }, kind, faults)
    if (faults.isEmpty) return { run: { ...run, digest: digestWith(rows) }, ...rows }
  }
  throw invalidRequest(faults)
}

/** What the clock chooses on folds it would not choose again: such a training could not be repeated. */
const TIMED_FOLDS =
  'a clock ends what the model tries, so that its folds could not be repeated: say "time_budget_seconds": null and "trials_max" in parameters'

/** The body without the columns of features that the model does not name. */
function withoutDropped(
  body: ReadBody,
  names: ColumnNames,
  warn: (code: WarningCode, column: string, message: string) => void,
): ReadBody {
  if (names === '*' || !('table' in body.features)) return body
  const { table, dropped } = withoutExtra(body.features.table, names)
  for (const column of dropped) warn('COLUMNS_DROPPED', column, 'the model does not take it; it was left out')
  return { ...body, features: { ...body.features, table } }
}

function withoutAside(
  body: ReadBody,
  wishes: AsideWishes,
  settling: Omit<Settling, 'place'>,
): Omit<SetAside, 'rest'> & { readonly rest: ReadBody } {
  if (!('table' in body.features)) return { rest: body, aside: {} }
  const { rest, ...columns } = setAside(body.features.table, wishes, settling)
  return { rest: { ...body, features: { ...body.features, table: rest } }, ...columns }
}

function readTable(
  body: ReadBody,
  member: 'features' | 'labels',
  names: ColumnNames,
  settling: Omit<Settling, 'place'>,
): Table | undefined {
  const { faults } = settling
  const before = faults.count
  const table = tableOf(body[member], member, faults)
  if (table === undefined) return undefined
  if (names !== '*') compareColumns(names, table, member, faults)
  // Of labels it is told already which column is missing.
  else if (table.columns.length === 0 && faults.count === before && !faults.listed.some((fault) => fault.in === member))
    faults.add({ in: member, detail: 'the rows have no columns' })
  return settleTable(names === '*' ? table : inOrder(table, names), { ...settling, place: member })
}

/** Declared columns stand in the order of the declaration, whatever the order of the rows' keys. */
function inOrder(table: ReadTable, names: readonly string[]): ReadTable {
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  return { ...table, columns: names.flatMap((name) => byName.get(name) ?? []) }
}

function readLabels(
  model: Model,
  pipeline: Pipeline,
  body: ReadBody,
  features: Table | undefined,
  settling: Omit<Settling, 'place'>,
): Table | undefined {
  const { faults } = settling
  const given = body.labels
  if (!pipeline.takesLabels) {
    const isNothing = 'notRows' in given ? ['nothing', 'null'].includes(given.notRows) : given.table.rowCount === 0
    if (isNothing) return { rowCount: 0, columns: [] }
    faults.add({ in: 'labels', detail: `model "${model.name}" learns without labels; expected none` })
    return undefined
  }
  const labels = readTable(body, 'labels', model.label_names, settling)
  if (labels === undefined) return undefined
  if (features !== undefined && labels.rowCount !== features.rowCount) {
    faults.add({
      in: 'labels',
      detail: `expected ${features.rowCount} rows, as many as features, got ${labels.rowCount}`,
    })
  }
  for (const column of labels.columns) addLabelFaults(pipeline.estimator.kind, column, faults, pipeline.targetRange)
  return labels
}

/** A type that a caller gives to a column that there is none of would be passed over in silence; what the class declares may be absent. */
function checkColumnTypes(
  { column_types: declared = {} }: Model,
  { features, labels }: ReadBody,
  { columnTypes }: ReadingOptions,
  faults: FaultList,
): void {
  const names = [features, labels].flatMap((rows) =>
    'table' in rows ? rows.table.columns.map(({ name }) => name) : [],
  )
  const present = new Set(names)
  for (const column of columnTypes.keys()) {
    if (!present.has(column) && !Object.hasOwn(declared, column))
      faults.add({ in: 'body', column, detail: 'column_types: no row has such a column' })
  }
}

/** Null, also of 0: no rows are held out. */
function checkRows(model: Model, kind: Estimator['kind'], features: Table, faults: FaultList): void {
  const fault = kind === 'recommender' ? usersFault(features) : undefined
  if (fault !== undefined) {
    faults.add({ in: 'features', detail: fault })
    return
  }
  try {
    if (model.validate_features(features)) return
    faults.add({ in: 'features', detail: `model "${model.name}" cannot use these rows` })
  } catch (error) {
    faults.add({ in: 'features', detail: (error as Error)?.message ?? String(error) })
  }
}

/** Their kind is that of the column that they follow, where the request does not say it. */
function settledFolds(folds: FoldWish, by: SplitBy | undefined): FoldPlan {
  const { kind = by?.as === 'time' ? 'time' : 'grouped', ...others } = folds
  return { ...others, kind }
}

function crossFittingOf(
  { crossValidation: folds, crossValidateBy: _, ...others }: CrossFittingWish,
  by: SplitBy | undefined,
): CrossFitting {
  return { ...others, ...(folds === undefined ? {} : { crossValidation: settledFolds(folds, by) }) }
}
