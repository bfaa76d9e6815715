// ml-worker version: the versions of a project of a running worker.
import type { Command } from './command.ts'
import { numberOf, optionalFractionOf, optionalJsonOf, optionalNumberOf, optionalObjectOf, textOf } from './options.ts'
import { textTable } from './text-table.ts'
import { bundle } from './version-bundle.ts'
import { compare } from './version-comparison.ts'
import { manifest, verify } from './version-manifest.ts'
import { endOf, type Training } from './version-training.ts'
import { type Action, membersOf, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Version {
  readonly version: number
  readonly model_run_id: number
  readonly description?: string
  readonly parent?: number
  readonly request: { readonly model_name: string }
  readonly dataset: { readonly name: string; readonly version: number }
  readonly created_at: string
}

interface Reproduction extends Training {
  readonly identical?: boolean
}

interface Leaderboard {
  readonly metric: string
  readonly lower_is_better: boolean
  readonly entries: readonly {
    readonly rank: number
    readonly version: number
    readonly value: number
    readonly rows_group: number
    readonly model_name: string
    readonly description?: string
  }[]
  readonly warnings: readonly { readonly message: string }[]
}

interface Lineage {
  readonly nodes: readonly { readonly id: string; readonly label: string; readonly sha256: string }[]
  readonly edges: readonly { readonly from: string; readonly to: string; readonly relation: string }[]
}

const ACTIONS = 'list, show, train, leaderboard, compare, lineage, reproduce, manifest, verify, bundle or point'

export const versionCommand: Command = {
  usage:
    'list | show | train | leaderboard | compare | lineage | reproduce | manifest | verify | bundle | point --project P [--version N] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  list          versions, the newest first; --limit N',
    '  show          one of them',
    '  train         trains the next one, and waits for its end unless --no-wait is said',
    '  leaderboard   from the best to the worst, by --metric; --limit N',
    '  compare       --versions N,N,… on the rows that all of them held out, or on --dataset-id; --metric decides',
    '  lineage       the data sets and versions that it comes from, and what came of it',
    '  reproduce     trains it again, and tells whether the artifact is the same to the byte',
    '  manifest      what it is made of, as it was signed; --sign signs it now, where it was made before; --sign --all every version',
    '  verify        tells whether an accepted key has signed it: --keys FILE,…, else those of the environment',
    '  bundle        writes it to --out FILE, for npx ml-worker serve --artifact FILE',
    '  point         has the --alias name this version, in place of what it named',
    '',
    '  --project P, --version N',
    '  --description TEXT     what is new about the version that is trained',
    '  --parameters JSON      take the place of those of the project that have the same names',
    '  --model M              another model class than the project has',
    '  --validation-split F   share of the rows that is held out; 0 is none',
    '  --split-seed N         draws the held-out rows',
    '  --dataset-id N         the data set; default: the newest one of the name that the project has',
    '  --cross-validation N   folds of the training rows, or JSON as of `train`: metrics cv_…',
    '  --calibration METHOD   of the probabilities: sigmoid or isotonic',
    '  --threshold N          from which probability on a row is positive: a number, or JSON as of `train`',
    '  --parent N             the version that it is made from; default: the newest',
    '  --versions N,N         2 to 10 versions that are compared',
    '  --keys FILE,…          public keys (PEM), or folders of them',
    '  --no-wait              do not wait for the end of the training',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    version: { type: 'string' },
    description: { type: 'string' },
    model: { type: 'string' },
    parameters: { type: 'string' },
    'validation-split': { type: 'string' },
    'split-seed': { type: 'string' },
    'dataset-id': { type: 'string' },
    'cross-validation': { type: 'string' },
    calibration: { type: 'string' },
    threshold: { type: 'string' },
    parent: { type: 'string' },
    metric: { type: 'string' },
    versions: { type: 'string' },
    keys: { type: 'string' },
    sign: { type: 'boolean' },
    all: { type: 'boolean' },
    alias: { type: 'string' },
    out: { type: 'string' },
    limit: { type: 'string' },
    'no-wait': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) =>
    runAction(
      ACTIONS,
      { list, show, train, leaderboard, compare, lineage, reproduce, manifest, verify, bundle, point },
      given,
      terminal,
    ),
}

const list: Action = async (values, client) => {
  const query = { limit: optionalNumberOf(values, 'limit') }
  const path = `${pathOf(textOf(values, 'project'))}/versions`
  const { body } = await client.get<{ versions: readonly Version[]; next?: number }>(path, query)
  const rows = body.versions.map((each) => [
    String(each.version),
    String(each.model_run_id),
    each.request.model_name,
    `${each.dataset.name} ${each.dataset.version}`,
    String(each.parent ?? ''),
    each.created_at,
    each.description ?? '',
  ])
  const heading = ['version', 'run', 'model', 'data set', 'parent', 'made', 'description']
  const more = body.next === undefined ? '' : '\nThere are more: --limit takes up to 200'
  return {
    answer: body,
    text: rows.length === 0 ? 'there are no versions' : textTable([heading, ...rows], false) + more,
  }
}

const show: Action = async (values, client) => {
  const path = `${pathOf(textOf(values, 'project'))}/versions/${numberOf(values, 'version')}`
  const { body } = await client.get<Version>(path)
  return { answer: body, text: membersOf(body) }
}

const train: Action = async (values, client, terminal) => {
  const project = pathOf(textOf(values, 'project'))
  const { body } = await client.send<Training>('POST', `${project}/versions`, {
    description: values['description'],
    model_name: values['model'],
    parameters: optionalObjectOf(values, 'parameters'),
    validation_split: optionalFractionOf(values, 'validation-split'),
    split_seed: optionalJsonOf(values, 'split-seed', 'a whole number from 0'),
    dataset_id: optionalNumberOf(values, 'dataset-id'),
    parent: optionalNumberOf(values, 'parent'),
    cross_validation: optionalJsonOf(values, 'cross-validation', 'a number or a JSON object'),
    calibration: values['calibration'],
    threshold: optionalJsonOf(values, 'threshold', 'a number or a JSON object'),
  })
  const { model_run_id: run } = body
  if (values['no-wait'] === true) return { answer: body, text: `run ${run} is in training` }
  terminal.err(`run ${run} is in training`)
  const ended = await endOf(client, project, run)
  const { state, version, reason } = ended
  if (state === 'succeeded') return { answer: ended, text: `run ${run} is version ${version}` }
  return { answer: ended, text: `run ${run} failed: ${reason}`, code: 1 }
}

const leaderboard: Action = async (values, client) => {
  const query = { metric: values['metric'], limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<Leaderboard>(`${pathOf(textOf(values, 'project'))}/leaderboard`, query)
  const rows = body.entries.map((each) => [
    String(each.rank),
    String(each.version),
    String(each.value),
    String(each.rows_group),
    each.model_name,
    each.description ?? '',
  ])
  const better = body.lower_is_better ? 'lower' : 'higher'
  const head = `${body.metric}, ${better} is better; only versions of the same rows group can be compared`
  const heading = ['rank', 'version', body.metric, 'rows group', 'model', 'description']
  const warned = body.warnings.map(({ message }) => `\n${message}`).join('')
  return { answer: body, text: `${head}\n${textTable([heading, ...rows], false)}${warned}` }
}

const lineage: Action = async (values, client) => {
  const path = `${pathOf(textOf(values, 'project'))}/versions/${numberOf(values, 'version')}/lineage`
  const { body } = await client.get<Lineage>(path)
  const labels = new Map(body.nodes.map(({ id, label }) => [id, `${id} (${label})`]))
  const lines = body.edges.map(({ from, to, relation }) => `${labels.get(from)} ${relation} ${labels.get(to)}`)
  return { answer: body, text: lines.join('\n') }
}

const reproduce: Action = async (values, client, terminal) => {
  const project = pathOf(textOf(values, 'project'))
  const version = numberOf(values, 'version')
  const path = `${project}/versions/${version}/reproduction`
  const { body } = await client.send<Reproduction>('POST', path)
  const { model_run_id: run } = body
  if (values['no-wait'] === true) return { answer: body, text: `run ${run} is in training` }
  terminal.err(`run ${run} is in training`)
  await endOf(client, project, run)
  const { reproductions } = (await client.get<{ reproductions: readonly Reproduction[] }>(path)).body
  const ended = reproductions.find(({ model_run_id }) => model_run_id === run)
  if (ended?.identical === true)
    return { answer: ended, text: `version ${version} was trained again, the same to the byte` }
  const why = ended?.state === 'succeeded' ? 'the artifact is another one' : `it failed: ${ended?.reason}`
  return { answer: ended, text: `version ${version} was not trained again as it was: ${why}`, code: 1 }
}

const point: Action = async (values, client) => {
  const alias = textOf(values, 'alias')
  const aliases = `${pathOf(textOf(values, 'project'))}/aliases`
  const version = numberOf(values, 'version')
  const { body } = await client.get<{ aliases: readonly { alias: string; version: number; revision: number }[] }>(
    aliases,
  )
  const before = body.aliases.find((each) => each.alias === alias)
  const etag = before === undefined ? undefined : `"${before.revision}"`
  const path = `${aliases}/${encodeURIComponent(alias)}`
  const pointed = (await client.send('PUT', path, { version }, etag)).body
  const replaced = before === undefined ? '' : `; it was version ${before.version}`
  return { answer: pointed, text: `${alias} is version ${version}${replaced}` }
}
