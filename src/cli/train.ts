// ml-worker train: trains a model class on a file, with the code of the service and without its database.
import { writeFile } from 'node:fs/promises'
import { readConfig } from '../config.ts'
import { ServiceError } from '../errors.ts'
import { readTraining } from '../intake/read-training.ts'
import { DataError, ParameterError } from '../learning/errors.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { warningText } from '../learning/warnings.ts'
import { FaultList, RowsError } from '../model/faults.ts'
import type { Metrics, Model } from '../model/model.ts'
import { readPredictionFeatures } from '../prediction/predict.ts'
import { renderArtifact } from '../report-page/render-report.ts'
import { readRowsQuery } from '../rows/rows-query.ts'
import { ModelUnusableError } from '../trainer/prove-trained.ts'
import { train } from '../trainer/train.ts'
import { type Arguments, type Command, CommandError, UsageError } from './command.ts'
import { DIALECT_DETAILS, DIALECT_OPTIONS, dialectPartsOf, EXTRA_COLUMNS_DETAILS } from './csv-options.ts'
import { explainFaults, explainServiceError } from './explain-faults.ts'
import { loadModelFile } from './model-file.ts'
import { ProgressBar } from './progress-bar.ts'
import { DATASET_DETAILS, DATASET_OPTION, type NamedRows, readNamedRows } from './stored-dataset.ts'
import { textTable } from './text-table.ts'

const VALIDATION = 'validation_'
const FOLDS = 'cv_'
const DIGITS = 4
/** What the worker itself adds to the metrics of training. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  training_rows: 'rows',
  training_seconds: 'seconds',
  warning_count: 'warnings',
}

export const trainCommand: Command = {
  usage:
    'FILE (--data rows.csv | --dataset NAME) --label COLUMN [--parameters JSON] [--validation-split 0.2] [--split-seed 0] [--out FILE]',
  details: [
    '  FILE                   the model class',
    '  --data FILE            rows as .csv, .ndjson, .json, .arrow, .parquet or .xlsx; - is standard input. JSON is a list',
    '                         of objects, or a body of POST /api/train, which has labels and parameters itself',
    '  --data-format FORMAT   the form where the name does not tell it: csv, ndjson, json, arrow, parquet or xlsx',
    ...DATASET_DETAILS,
    '  --label COLUMN         a label column, once for each; not needed where the class or the data set names its own',
    '  --feature COLUMN       of a data set: a column to learn from, once for each; without it all but the labels',
    '  --parameters JSON      over the defaults of the class, such as {"max_depth": 3}',
    '  --validation-split N   the part of the rows that is held out and judged apart, such as 0.2',
    '  --split-seed N         draws the rows that are held out; default 0. Trainings on the same rows are judged on the',
    '                         same ones, whatever their parameters',
    '  --na-values=LIST       what stands for a missing value besides NA, NaN, null, ? and their like: -999,unknown',
    '  --split-by COLUMN      what the held-out rows are chosen by: a column of times or of groups, which is no feature then',
    '  --weights COLUMN       how much each row counts: a column, which is no feature then',
    '  --cross-validation N   folds, 2 to 20, or {"folds": 5, "repeats": 1, "kind": …, "column": …}: metrics cv_…',
    '  --calibration METHOD   of the probabilities: sigmoid or isotonic',
    '  --threshold N          of two classes, from which probability on a row is positive: 0 to 1, {"metric": "f1"}, or',
    '                         {"costs": {"false_positive": 1, "false_negative": 5}}; "positive" names the label',
    '  --search JSON          looks for parameters first: {"strategy": "grid", "space": {"max_depth": [2, 4, 8]}}',
    '  --column-types JSON    what columns are, where their values leave it open: {"zip": "categorical"}',
    ...EXTRA_COLUMNS_DETAILS,
    ...DIALECT_DETAILS,
    '  --out FILE             where the artifact goes; default the name of the model with .artifact. A report in',
    '                         pictures, one HTML page, is written beside it',
    '',
    'The same rows and parameters give the artifact that the service makes of them: of a data set with a forest',
    'that finds anomalous rows, of a file without.',
    '',
  ].join('\n'),
  options: {
    data: { type: 'string' },
    'data-format': { type: 'string' },
    ...DATASET_OPTION,
    label: { type: 'string', multiple: true },
    feature: { type: 'string', multiple: true },
    parameters: { type: 'string' },
    'validation-split': { type: 'string' },
    'split-seed': { type: 'string' },
    'split-by': { type: 'string' },
    weights: { type: 'string' },
    'cross-validation': { type: 'string' },
    calibration: { type: 'string' },
    threshold: { type: 'string' },
    'na-values': { type: 'string' },
    'column-types': { type: 'string' },
    'extra-columns': { type: 'string' },
    search: { type: 'string' },
    ...DIALECT_OPTIONS,
    out: { type: 'string' },
  },
  takes: ['FILE'],
  async run({ values, positionals }, terminal) {
    const { model } = await loadModelFile(positionals[0] as string)
    const data = await readNamedRows(values)
    const head = headOf(model, data, values)
    const { work } = await readTraining(head, data.bytes, async () => model).catch((error) => withColumns(error, data))
    const team = new ThreadTeam(readConfig().TRAIN_THREADS)
    const bar = new ProgressBar(terminal)
    try {
      const tell = (_: unknown, done: number, of: number, step: string): void => bar.show(done, of, step)
      const { artifact, metrics, warnings, reportProblems } = await train(model, work, { team, tell }).catch(refuse)
      bar.show(0, 1, 'drawing the report')
      const trainingSeconds = metrics['training_seconds'] as number
      const page = await renderArtifact(artifact, { modelName: model.name, trainingSeconds })
      bar.end()
      const out = (values['out'] as string | undefined) ?? fileNameOf(model.name)
      const report = `${out.replace(/\.artifact$/, '')}.html`
      await writeOutput(out, artifact)
      await writeOutput(report, page)
      terminal.out(metricsText(metrics))
      for (const warning of warnings) terminal.err(`warning: ${warningText(warning)}`)
      for (const { part, reason } of reportProblems) terminal.err(`the report lacks ${part}: ${reason}`)
      terminal.err(
        `${model.name}: trained in ${trainingSeconds.toFixed(1)} s; the artifact is ${out}, the report ${report}`,
      )
      return 0
    } finally {
      bar.end()
      await team.close()
    }
  },
}

function headOf(model: Model, { form, isRequest, dialect, dataset }: NamedRows, values: Arguments['values']) {
  const featureNames = values['feature'] as string[] | undefined
  if (featureNames !== undefined && dataset === undefined) {
    throw new UsageError('--feature is of a data set; of a file all columns but the labels are features')
  }
  const ofDataset = dataset === undefined || dataset.labels.length === 0 ? undefined : [...dataset.labels]
  const labels = (values['label'] as string[] | undefined) ?? ofDataset
  const parameters = values['parameters'] as string | undefined
  const split = values['validation-split'] as string | undefined
  const splitSeed = values['split-seed'] as string | undefined
  const splitBy = values['split-by'] as string | undefined
  const weights = values['weights'] as string | undefined
  const [folds, calibration, threshold] = ['cross-validation', 'calibration', 'threshold'].map(
    (name) => values[name] as string | undefined,
  )
  const naValues = values['na-values'] as string | undefined
  const columnTypes = values['column-types'] as string | undefined
  const extraColumns = values['extra-columns'] as string | undefined
  const search = values['search'] as string | undefined
  const said = [labels, parameters, split, splitSeed, splitBy, weights, folds, calibration, threshold, search]
  if (isRequest && [...said, naValues, columnTypes, extraColumns].some((option) => option !== undefined)) {
    throw new UsageError('a JSON object has its labels, parameters and the like itself; leave the options out')
  }
  const faults = new FaultList()
  const learnsFrom = model.create_pipeline(model.get_default_parameters()).takesLabels ? model.label_names : []
  if (labels === undefined && learnsFrom === '*' && !isRequest) {
    throw new UsageError('--label is missing: the column that is to be predicted')
  }
  const query = readRowsQuery(
    {
      ...{ labels: labels && JSON.stringify(labels), parameters, validation_split: split, split_seed: splitSeed },
      ...{ split_by: splitBy, weights, na_values: naValues, column_types: columnTypes, extra_columns: extraColumns },
      ...{ cross_validation: folds, calibration, threshold, search },
      ...dialectPartsOf(values),
    },
    form,
    faults,
  )
  const head = { modelName: model.name, runId: 0, form, query, faults }
  if (dataset === undefined) return head
  const rows = { datasetId: dataset.datasetId, featureNames, correlationId: undefined }
  return { ...head, query: { ...query, dialect }, dataset: rows }
}

/** Adds the columns that there are to what is wrong with labels. */
async function withColumns(error: unknown, { form, bytes, isRequest, dialect }: NamedRows): Promise<never> {
  const isAboutLabels = error instanceof ServiceError && error.faults.some((fault) => fault.in === 'labels')
  if (!isAboutLabels || isRequest) throw error
  const { columns } = await readPredictionFeatures(bytes, form, { dialect })
  const names = columns.map(({ name }) => JSON.stringify(name)).join(', ')
  throw new CommandError(
    `${explainServiceError(error, trainCommand)}
→ --label names one of the columns: ${names}`,
    { cause: error },
  )
}

function refuse(error: unknown): never {
  const faults = faultsOf(error)
  if (faults !== undefined) {
    throw new CommandError(`the model cannot learn from these rows: ${explainFaults(faults, trainCommand)}`, {
      cause: error,
    })
  }
  if (error instanceof DataError) {
    throw new CommandError(`the model cannot learn from these rows: ${error.message}`, { cause: error })
  }
  if (error instanceof ModelUnusableError) throw new CommandError(error.message, { cause: error })
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  throw new CommandError(`the model class threw ${said}\n--debug shows where; ml-worker check FILE may tell more.`, {
    cause: error,
  })
}

/** What is wrong one by one, where the error says it so. */
function faultsOf(error: unknown): FaultList | undefined {
  if (error instanceof RowsError) return error.faults
  if (!(error instanceof ParameterError)) return undefined
  const faults = new FaultList()
  for (const { parameter, message } of error.faults) faults.add({ in: 'parameters', parameter, detail: message })
  return faults
}

/** The name of a model may be any text; a file is named by what of it is safe there. */
function fileNameOf(modelName: string): string {
  return `${modelName.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '_')}.artifact`
}

async function writeOutput(path: string, content: Buffer | string): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (error) {
    throw new CommandError(`--out ${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

/** Metrics of training, validation and folds side by side. */
function metricsText(metrics: Metrics): string {
  const columns = Object.entries({ [VALIDATION]: 'validation', [FOLDS]: 'folds' }).filter(([prefix]) =>
    Object.keys(metrics).some((name) => name.startsWith(prefix)),
  )
  // A class with metrics of its own may lack those that its folds have.
  const names = new Set(
    Object.keys(metrics).flatMap((name) => {
      const [prefix] = columns.find(([each]) => name.startsWith(each)) ?? ['']
      const base = name.slice(prefix.length)
      return Object.values(OWN_NAMES).includes(base) ? [] : base
    }),
  )
  const shown = (value: number | undefined): string =>
    value === undefined ? '' : Number.isInteger(value) ? String(value) : value.toFixed(DIGITS)
  const rows = [...names].map((name) => {
    const own = OWN_NAMES[name] ?? name
    return [own, shown(metrics[name]), ...columns.map(([prefix]) => shown(metrics[prefix + own]))]
  })
  return textTable([['metric', 'training', ...columns.map(([, heading]) => heading)], ...rows])
}
