// ml-worker project: the projects of a running worker.
import { type Command, UsageError } from './command.ts'
import { optionalFractionOf, optionalNumberOf, optionalObjectOf, textOf } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, membersOf, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Project {
  readonly name: string
  readonly status: string
  readonly task?: string
  readonly owner?: string
  readonly tags: readonly string[]
  readonly model_name: string
  readonly dataset_name?: string
  readonly versions: number
  readonly changed_at: string
}

export const projectCommand: Command = {
  usage: 'list | show --name P | create --name P --model M … | archive --name P [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  list       projects, the newest first: --status active (default), archived or all, --task, --owner, --tag, --limit N',
    '  show       one of them',
    '  create     a new one; what it does not say is as docs/projects.md tells',
    '  archive    from then on nothing of it is changed or trained',
    '',
    '  --name P               the name of the project, or its id',
    '  --model M              the model class that its versions are trained with',
    '  --dataset NAME         trainings take the newest data set of this name',
    '  --label COLUMN         a label column; may be repeated. Default: those of the data set',
    '  --parameters JSON      parameters of the model',
    '  --validation-split F   share of the rows that is held out; 0 is none',
    '  --metric NAME          what the leaderboard sorts by',
    '  --review JSON          what happens to new versions by itself, as docs/reviews.md tells',
    '  --task T, --owner O, --tag T (may be repeated), --description TEXT',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    name: { type: 'string' },
    model: { type: 'string' },
    dataset: { type: 'string' },
    label: { type: 'string', multiple: true },
    parameters: { type: 'string' },
    'validation-split': { type: 'string' },
    metric: { type: 'string' },
    review: { type: 'string' },
    status: { type: 'string' },
    task: { type: 'string' },
    owner: { type: 'string' },
    tag: { type: 'string', multiple: true },
    description: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: ['list, show, create or archive'],
  run: (given, terminal) =>
    runAction('list, show, create or archive', { list, show, create, archive }, given, terminal),
}

const list: Action = async (values, client) => {
  const { status, task, owner } = values
  const [tag, ...others] = (values['tag'] ?? []) as string[]
  if (others.length > 0) throw new UsageError('--tag: list takes one')
  const query = { status, task, owner, tag, limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<{ projects: readonly Project[]; next?: number }>('/api/projects', query)
  const rows = body.projects.map(lineOf)
  const more = body.next === undefined ? '' : '\nThere are more: --limit takes up to 200'
  const table = textTable([['name', 'status', 'model', 'data set', 'versions', 'owner', 'changed'], ...rows], false)
  return { answer: body, text: rows.length === 0 ? 'there are no projects' : table + more }
}

const show: Action = async (values, client) => {
  const { body } = await client.get<Project>(pathOf(textOf(values, 'name')))
  return { answer: body, text: membersOf(body) }
}

const create: Action = async (values, client) => {
  const { body } = await client.send<Project>('POST', '/api/projects', {
    name: textOf(values, 'name'),
    model_name: textOf(values, 'model'),
    dataset_name: values['dataset'],
    labels: values['label'],
    parameters: optionalObjectOf(values, 'parameters'),
    validation_split: optionalFractionOf(values, 'validation-split'),
    metric: values['metric'],
    review: optionalObjectOf(values, 'review'),
    task: values['task'],
    owner: values['owner'],
    tags: values['tag'],
    description: values['description'],
  })
  return { answer: body, text: `project ${body.name} is made` }
}

const archive: Action = async (values, client) => {
  const path = pathOf(textOf(values, 'name'))
  const { etag } = await client.get(path)
  const { body } = await client.send<Project>('POST', `${path}/archive`, undefined, etag)
  return { answer: body, text: `project ${body.name} is archived` }
}

function lineOf({ name, status, model_name, dataset_name = '', versions, owner = '', changed_at }: Project): string[] {
  return [name, status, model_name, dataset_name, String(versions), owner, changed_at]
}
