// ml-worker deploy: a version of a project of a running worker comes to answer in an environment.
import { type Command, UsageError } from './command.ts'
import { ASK_DETAILS, ASK_OPTIONS, askFor, PLACE_DETAILS } from './deployment-call.ts'
import { optionalNumberOf, optionalObjectOf } from './options.ts'
import { WORKER_DETAILS } from './worker-action.ts'

export const deployCommand: Command = {
  usage:
    '--project P (--version N | --alias A) [--environment E] [--target T] [--settings JSON] [--instances N] [--deactivate-others] [--note TEXT] [--wait] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    ...PLACE_DETAILS,
    '  --version N            the version; or --alias A, the one that it names now',
    '  --target T             where it answers: local (default), kserve or azure_ml',
    '  --settings JSON        of the target',
    '  --instances N          how many the target runs; local has one',
    '  --deactivate-others    ends versions of the same model class in this environment of other projects',
    ...ASK_DETAILS,
  ].join('\n'),
  options: {
    ...ASK_OPTIONS,
    version: { type: 'string' },
    alias: { type: 'string' },
    target: { type: 'string' },
    settings: { type: 'string' },
    instances: { type: 'string' },
    'deactivate-others': { type: 'boolean' },
  },
  takes: [],
  async run({ values }, terminal) {
    if ((values['version'] === undefined) === (values['alias'] === undefined)) {
      throw new UsageError('expected --version or --alias, one of them')
    }
    const wish = {
      version: optionalNumberOf(values, 'version'),
      alias: values['alias'],
      target: values['target'],
      settings: optionalObjectOf(values, 'settings'),
      instances: optionalNumberOf(values, 'instances'),
      deactivate_others: values['deactivate-others'],
      note: values['note'],
    }
    return askFor('deployments', wish, values, terminal)
  },
}
