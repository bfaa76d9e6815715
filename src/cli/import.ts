// ml-worker import: brings a running worker the file of a model that was trained elsewhere.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Command, CommandError } from './command.ts'
import { optionalFractionOf, optionalNumberOf, optionalObjectOf, textOf, type Values } from './options.ts'
import { pathOf, WORKER_DETAILS } from './worker-action.ts'
import { WorkerClient } from './worker-client.ts'

interface Imported {
  readonly version: number
  readonly model_run_id: number
  readonly golden: {
    readonly rows: number
    readonly tolerance: number
    readonly worst?: { readonly difference: number; readonly row: number; readonly column: string }
  }
  readonly warnings: readonly { readonly message: string }[]
}

export const importCommand: Command = {
  usage: '--project P --file FILE --golden FILE [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  --project P',
    '  --file FILE            model.txt of LightGBM, model.json or model.ubj of XGBoost, model.onnx; docs/frameworks.md',
    '  --golden FILE          rows with what the framework predicts for them, as .csv, .ndjson, .json, .arrow, .parquet or .xlsx:',
    '                         the features, the label, and of a classifier label.probability.class for each class; or .json of',
    '                         tensors with the outputs, of an ONNX model that takes tensors',
    '  --format FORMAT        lightgbm, xgboost_json, xgboost_ubjson or onnx; without it the file tells',
    '  --label-name NAME      what is predicted; default: the label of the project',
    '  --feature-names A,B    in the order of the file; default: as the file has them',
    '  --classes A,B          in the order of the probabilities; default: the labels of the golden rows in order',
    '  --tolerance N          how far a prediction may be from the golden one, relative to it',
    '  --description TEXT     what is new about the version',
    '  --parent N             the version that it takes the place of; default: the newest',
    '  --options JSON         what else docs/frameworks.md names, such as {"missing": [-999]}',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    file: { type: 'string' },
    golden: { type: 'string' },
    format: { type: 'string' },
    'label-name': { type: 'string' },
    'feature-names': { type: 'string' },
    classes: { type: 'string' },
    tolerance: { type: 'string' },
    description: { type: 'string' },
    parent: { type: 'string' },
    options: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [],
  async run({ values }, terminal) {
    const path = `${pathOf(textOf(values, 'project'))}/versions/imports`
    const form = new FormData()
    form.append('options', JSON.stringify(optionsOf(values)))
    for (const [part, option] of [
      ['model', 'file'],
      ['golden', 'golden'],
    ] as const) {
      const file = textOf(values, option)
      form.append(part, new Blob([await bytesOf(file)]), basename(file))
    }
    const sent = new Response(form)
    const type = sent.headers.get('content-type') as string
    const bytes = new Uint8Array(await sent.arrayBuffer())
    const { body } = await new WorkerClient().sendBytes<Imported>(path, bytes, type)
    terminal.out(values['json'] === true ? JSON.stringify(body, null, 2) : textOfImported(body))
    return 0
  },
}

function optionsOf(values: Values): Record<string, unknown> {
  const said = {
    format: values['format'],
    label_name: values['label-name'],
    feature_names: listOf(values['feature-names']),
    classes: listOf(values['classes']),
    tolerance: optionalFractionOf(values, 'tolerance'),
    description: values['description'],
    parent: optionalNumberOf(values, 'parent'),
  }
  const present = Object.entries(said).filter(([, value]) => value !== undefined)
  return { ...optionalObjectOf(values, 'options'), ...Object.fromEntries(present) }
}

function listOf(text: Values[string]): string[] | undefined {
  return typeof text === 'string' ? text.split(',') : undefined
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file))
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function textOfImported({ version, model_run_id: run, golden, warnings }: Imported): string {
  const { rows, worst } = golden
  const difference =
    worst === undefined
      ? 'no number differs'
      : `the largest difference is ${worst.difference} (row ${worst.row}, ${worst.column})`
  const head = `version ${version} (run ${run}): it answers ${rows} golden rows as its framework did; ${difference}`
  return [head, ...warnings.map(({ message }) => message)].join('\n')
}
