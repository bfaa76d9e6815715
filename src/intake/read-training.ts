// A training request from its bytes to work, on whatever thread.
import { invalidRequest } from '../errors.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import { FaultList } from '../model/faults.ts'
import type { Model } from '../model/model.ts'
import { type ReadingOptions, readingOptionsOf, withDeclared } from '../model/reading-options.ts'
import { shownNames } from '../model/shown.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { RowsForm } from '../rows/forms.ts'
import type { ReadBody } from '../rows/json-body.ts'
import { readBody } from '../rows/read-body.ts'
import type { RowsQuery } from '../rows/rows-query.ts'
import type { TrainingWork } from '../spool/spool-file.ts'
import { checkTraining, type TrainingRows } from './intake.ts'
import { foldColumnIn } from './read-search.ts'
import { asideNames, columnIn, readAsideWishes } from './set-aside.ts'
import { bodyDigestsOf, trainingDigestOf } from './training-digests.ts'

const MEMBERS = [
  'parameters',
  'features',
  'labels',
  'validation_split',
  'split_seed',
  'split_by',
  'weights',
  'cross_validation',
  'calibration',
  'threshold',
  'na_values',
  'column_types',
  'correlation_id',
  'extra_columns',
  'search',
  'dataset',
]

/** What a training request says beside its body; plain data. */
export interface TrainingHead {
  /** Undefined when the body has it, as `model_name`. */
  readonly modelName: string | undefined
  /** 0 while the run has none. */
  readonly runId: number
  readonly form: RowsForm
  readonly query: RowsQuery
  /** Where the rows are those of a data set: then the body is its bytes. */
  readonly dataset?: RowsOfDataset
  /** What is wrong with the query. */
  readonly faults: Pick<FaultList, 'listed' | 'count'>
}

export interface RowsOfDataset {
  readonly datasetId: number
  /** The columns to learn from; undefined is all but the labels. */
  readonly featureNames: readonly string[] | undefined
  readonly correlationId: unknown
}

/** Work, and by what its request may be known since before: see BodyDigests. */
export interface ReadTraining {
  readonly work: TrainingWork
  readonly earlierDigest: string
}

/** A body, and whom it is for. */
interface Understood {
  readonly model: Model
  readonly read: ReadBody
  readonly options: ReadingOptions
}

/**
 * Throws ServiceError BODY_MALFORMED, or REQUEST_INVALID with every fault, what `memory` throws, and what modelOf throws, which is asked for
 * the model as soon as its name is known.
 */
export async function readTraining(
  head: TrainingHead,
  body: BodyBytes,
  modelOf: (name: string) => Promise<Model>,
  memory?: MemoryHold,
): Promise<ReadTraining> {
  const faults = new FaultList()
  faults.addAll(head.faults)
  const { model, read, options } =
    head.form === 'json' && head.dataset === undefined
      ? await readObject(head, body, faults, modelOf, memory)
      : await readRows(head, body, faults, modelOf, memory)
  const { form, runId, dataset } = head
  const digests = bodyDigestsOf(model.name, head, body)
  const digestWith = (rows: TrainingRows): string =>
    trainingDigestOf(model.name, head, { others: read.others, rows, body: digests.body })
  const identity = { runId, digestWith, form, options, memory, ...(dataset && { datasetId: dataset.datasetId }) }
  return { work: checkTraining(model, identity, read, faults), earlierDigest: digests.earlier }
}

async function readObject(
  { modelName }: TrainingHead,
  body: BodyBytes,
  faults: FaultList,
  modelOf: (name: string) => Promise<Model>,
  memory: MemoryHold | undefined,
): Promise<Understood> {
  const members = modelName === undefined ? ['model_name', ...MEMBERS] : MEMBERS
  const read = await readBody(body, { form: 'json', members, labelNames: [], memory })
  if ((read.others.get('dataset') ?? null) !== null) {
    faults.add({ in: 'body', detail: 'dataset: expected in a body without rows, of at most 128 KiB' })
  }
  const name = modelName ?? read.others.get('model_name')
  const refuse = (option: string, detail: string): void => faults.add({ in: 'body', detail: `${option}: ${detail}` })
  const optionsIn = (): ReadingOptions =>
    readingOptionsOf(read.others.get('na_values'), read.others.get('column_types'), refuse)
  if (typeof name === 'string') {
    const model = await modelOf(name)
    return { model, read, options: declaredOptions(model, optionsIn(), faults) }
  }
  // Without a model nothing else can be judged.
  faults.addAll(read.faults)
  optionsIn()
  faults.add({ in: 'body', detail: 'model_name: expected the name of a model' })
  throw invalidRequest(faults)
}

function declaredOptions(model: Model, said: ReadingOptions, faults: FaultList): ReadingOptions {
  return withDeclared(said, model.column_types, (column, detail) => faults.add({ in: 'body', column, detail }))
}

const NO_LABELS = 'expected label columns: the data set was uploaded without, name them as "labels": ["a", "b"]'

/** Rows without an object around them: what they are about stands in the query. */
async function readRows(
  { modelName, form, query, dataset }: TrainingHead,
  body: BodyBytes,
  faults: FaultList,
  modelOf: (name: string) => Promise<Model>,
  memory: MemoryHold | undefined,
): Promise<Understood> {
  if (modelName === undefined) {
    faults.add({ in: 'query', parameter: 'model_name', detail: 'missing' })
    throw invalidRequest(faults)
  }
  const model = await modelOf(modelName)
  const isOpen = model.label_names === '*'
  const labelNames = query.labelNames ?? ((isOpen ? [] : model.label_names) as readonly string[])
  const refuse = (parameter: string, detail: string): void =>
    faults.add({ in: dataset === undefined ? 'query' : 'body', parameter, detail })
  const options = declaredOptions(model, readingOptionsOf(query.naValues, query.columnTypes, refuse), faults)
  const isText = (column: string): boolean => ['categorical', 'text'].includes(options.columnTypes.get(column) ?? '')
  const { dialect } = query
  const isList = dataset !== undefined
  const shape = { form, members: [], isList, labelNames, dialect, isText, options, memory }
  // Weights, and what rows are split and folded by, are no features and stand in no list of them.
  const wishes = readAsideWishes(query.weights, query.splitBy, new FaultList())
  const folds = { foldBy: foldColumnIn(query.search), crossValidateBy: columnIn(query.crossValidation) }
  const aside = asideNames({ ...wishes, ...folds })
  const named = dataset?.featureNames && [...dataset.featureNames, ...aside]
  const whole = await readBody(body, shape)
  const hasNoLabels = dataset !== undefined && 'notRows' in whole.labels
  const said = hasNoLabels ? { ...whole, labels: { ...whole.labels, hint: NO_LABELS } } : whole
  const read = withColumns(said, named, labelNames, faults)
  const others = new Map<string, unknown>([
    ['parameters', query.parameters],
    ['validation_split', query.validationSplit],
    ['split_seed', query.splitSeed],
    ['split_by', query.splitBy],
    ['weights', query.weights],
    ['cross_validation', query.crossValidation],
    ['calibration', query.calibration],
    ['threshold', query.threshold],
    ['extra_columns', query.extraColumns],
    ['search', query.search],
    ['correlation_id', dataset?.correlationId],
  ])
  if (isOpen && 'table' in read.labels) {
    const present = new Set(read.labels.table.columns.map((column) => column.name))
    const others = 'table' in read.features ? read.features.table.columns.map((column) => column.name) : []
    const detail = `missing column: no row has it; there are ${shownNames([...present, ...others])}`
    for (const column of labelNames) if (!present.has(column)) faults.add({ in: 'labels', column, detail })
  }
  return { model, read: { ...read, others }, options }
}

/** The body with those columns as features, in their order. Adds a fault for each that there is none of. */
function withColumns(
  read: ReadBody,
  names: readonly string[] | undefined,
  labelNames: readonly string[],
  faults: FaultList,
): ReadBody {
  if (names === undefined || !('table' in read.features)) return read
  const { table } = read.features
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  for (const column of names) {
    if (byName.has(column)) continue
    const detail = labelNames.includes(column)
      ? 'it is the label'
      : `missing column; there are ${shownNames([...byName.keys()])}`
    faults.add({ in: 'features', column, detail })
  }
  const columns = [...new Set(names)].flatMap((name) => byName.get(name) ?? [])
  return { ...read, features: { ...read.features, table: { ...table, columns } } }
}
