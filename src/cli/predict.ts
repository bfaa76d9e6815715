// ml-worker predict: predicts the rows of a file with an artifact.
import { readFile } from 'node:fs/promises'
import { readConfig } from '../config.ts'
import { EncryptionKeyError, readKeys } from '../encryption/key-file.ts'
import { resultId } from '../encryption/object-ids.ts'
import { isSealed, SealedError } from '../encryption/sealed-layout.ts'
import { openWhole } from '../encryption/sealing.ts'
import type { Warning } from '../learning/warnings.ts'
import { ArtifactError, decodeArtifact, readArtifactHeader } from '../model/artifact.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { Model } from '../model/model.ts'
import type { ReadTable } from '../model/read-column.ts'
import { type Table, toRows } from '../model/table.ts'
import { parseRunId } from '../model-runs/run-id.ts'
import { answerBlocks } from '../prediction/answer-columns.ts'
import { answerCsv } from '../prediction/answer-csv.ts'
import { predictTable, readPredictionFeatures } from '../prediction/predict.ts'
import { discoverModels } from '../registry/discover.ts'
import { type Command, CommandError, UsageError } from './command.ts'
import { DIALECT_DETAILS, DIALECT_OPTIONS, EXTRA_COLUMNS_DETAILS, extraColumnsOf } from './csv-options.ts'
import { loadModelFile } from './model-file.ts'
import { DATASET_DETAILS, DATASET_OPTION, readNamedRows } from './stored-dataset.ts'

export const predictCommand: Command = {
  usage: 'ARTIFACT (--data rows.csv | --dataset NAME) [--probabilities] [--format csv|json] [--model FILE] [--run ID]',
  details: [
    '  --data FILE            rows as .csv, .ndjson, .json (a list of objects), .arrow, .parquet or .xlsx; - is standard input',
    '  --data-format FORMAT   the form where the name does not tell it: csv, ndjson, json, arrow, parquet or xlsx',
    ...DATASET_DETAILS,
    ...EXTRA_COLUMNS_DETAILS,
    ...DIALECT_DETAILS,
    '  --probabilities        adds a column label.probability.class for each class',
    '  --format csv|json      of what is written to standard output; default csv',
    '  --model FILE           the model class; default that of its name in MODELS_DIR',
    '  --run ID               of an encrypted artifact: the run whose result it is; ENCRYPTION_KEY_FILE names its key',
    '',
    'Columns that the artifact has as labels may stand in the rows; they are passed over.',
    '',
  ].join('\n'),
  options: {
    data: { type: 'string' },
    'data-format': { type: 'string' },
    ...DATASET_OPTION,
    'extra-columns': { type: 'string' },
    ...DIALECT_OPTIONS,
    probabilities: { type: 'boolean' },
    format: { type: 'string', default: 'csv' },
    model: { type: 'string' },
    run: { type: 'string' },
  },
  takes: ['ARTIFACT'],
  async run({ values, positionals }, terminal) {
    const format = values['format'] as string
    if (format !== 'csv' && format !== 'json') throw new UsageError(`--format: expected csv or json, got "${format}"`)
    const extraColumns = extraColumnsOf(values)
    const [path] = positionals as [string]
    const artifact = await readArtifactFile(path, values['run'] as string | undefined)
    const { pipeline, labelNames } = await openArtifact(path, artifact, values['model'] as string | undefined)
    const data = await readNamedRows(values)
    const warn = ({ column, message }: Warning): void =>
      terminal.err(column === undefined ? message : `column ${JSON.stringify(column)}: ${message}`)
    // The labels of the training may stand in the file: columns that are too many are judged without them.
    const reading = { schema: pipeline.featureSchema, dialect: data.dialect, extraColumns: 'drop', warn } as const
    const given = await readPredictionFeatures(data.bytes, data.form, reading)
    const features = withoutLabels(given, pipeline, labelNames, (note) => terminal.err(note))
    const withProbabilities = values['probabilities'] === true
    const predictions = await predictTable(
      pipeline,
      features,
      { withProbabilities },
      Number.POSITIVE_INFINITY,
      extraColumns,
    )
    for (const { column, rowCount, values: unseen } of predictions.unseen) {
      const named = unseen.map((value) => JSON.stringify(value)).join(', ')
      terminal.err(`column ${JSON.stringify(column)}: training never saw ${named}; missing in ${rowCount} rows`)
    }
    for (const { column, rowCount } of predictions.marks) {
      terminal.err(`column ${JSON.stringify(column)}: marks of missing values in ${rowCount} rows`)
    }
    for (const column of predictions.dropped ?? []) {
      terminal.err(`column ${JSON.stringify(column)}: the model does not take it; it was left out`)
    }
    if (format === 'csv') for (const part of answerCsv(predictions, withProbabilities)) process.stdout.write(part)
    else for (const part of jsonRows(answerBlocks(predictions, withProbabilities))) process.stdout.write(part)
    return 0
  },
}

/** The artifact in a file, decrypted where it is the encrypted result of a run. */
async function readArtifactFile(path: string, run: string | undefined): Promise<Buffer> {
  const bytes = await readFile(path).catch((error) => {
    throw new CommandError(`${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`)
  })
  if (!isSealed(bytes)) return bytes
  if (run === undefined) throw new CommandError(`${path}: it is encrypted; name the run whose result it is with --run`)
  const runId = parseRunId(run)
  if (runId === undefined) throw new UsageError(`--run: expected the id of a run, got "${run}"`)
  try {
    const { keys } = await readKeys(readConfig().ENCRYPTION_KEY_FILE)
    return openWhole(keys.cipherOf(bytes, resultId(runId)), bytes)
  } catch (error) {
    if (error instanceof EncryptionKeyError) throw new CommandError(error.message, { cause: error })
    if (!(error instanceof SealedError)) throw error
    throw new CommandError(`${path}, as the result of run ${run}: ${error.message}`, { cause: error })
  }
}

async function openArtifact(
  path: string,
  bytes: Buffer,
  modelFile: string | undefined,
): Promise<{ pipeline: FittedPipeline; labelNames: readonly string[] }> {
  try {
    const { model_name: name, label_names: labelNames } = readArtifactHeader(bytes)
    const model = modelFile === undefined ? await findModel(name) : (await loadModelFile(modelFile)).model
    return { pipeline: decodeArtifact(bytes, model), labelNames }
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    throw new CommandError(`${path}: ${error.message}`, { cause: error })
  }
}

async function findModel(name: string): Promise<Model> {
  const folder = readConfig().MODELS_DIR
  const { models } = await discoverModels(folder).catch((error) => {
    if (error.code !== 'ENOENT') throw error
    throw new CommandError(
      `there is no folder ${folder} with model classes; name the file of "${name}" with --model, or set MODELS_DIR`,
    )
  })
  const found = models.find(({ model }) => model.name === name)
  if (found !== undefined) return found.model
  throw new CommandError(`no class in ${folder} has the name "${name}"; name its file with --model, or set MODELS_DIR`)
}

function withoutLabels(
  table: ReadTable,
  pipeline: FittedPipeline,
  labelNames: readonly string[],
  note: (text: string) => void,
): ReadTable {
  const features = new Set(pipeline.featureSchema.map(({ name }) => name))
  const isLabel = (name: string): boolean => labelNames.includes(name) && !features.has(name)
  const passed = table.columns.filter(({ name }) => isLabel(name)).map(({ name }) => name)
  if (passed.length > 0) note(`passed over, as labels of the training: ${passed.join(', ')}`)
  return { ...table, columns: table.columns.filter(({ name }) => !isLabel(name)) }
}

function* jsonRows(blocks: Iterable<Table>): Generator<string> {
  let isFirst = true
  yield '['
  for (const block of blocks) {
    for (const row of toRows(block)) {
      yield `${isFirst ? '\n' : ',\n'}${JSON.stringify(row)}`
      isFirst = false
    }
  }
  yield '\n]\n'
}
