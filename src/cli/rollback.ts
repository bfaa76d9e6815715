// ml-worker rollback: what was active in an environment before answers again.
import type { Command } from './command.ts'
import { ASK_DETAILS, ASK_OPTIONS, askFor, PLACE_DETAILS } from './deployment-call.ts'
import { optionalNumberOf } from './options.ts'
import { WORKER_DETAILS } from './worker-action.ts'

export const rollbackCommand: Command = {
  usage: '--project P [--environment E] [--to N] [--note TEXT] [--wait] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    ...PLACE_DETAILS,
    '  --to N                 the id of a deployment that was active; default: what was active before',
    ...ASK_DETAILS,
  ].join('\n'),
  options: { ...ASK_OPTIONS, to: { type: 'string' } },
  takes: [],
  run: ({ values }, terminal) =>
    askFor('rollback', { to: optionalNumberOf(values, 'to'), note: values['note'] }, values, terminal),
}
