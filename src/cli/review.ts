// ml-worker review: reviews of versions of a running worker.
import type { Command } from './command.ts'
import { numberOf, optionalNumberOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Review {
  readonly decision: string
  readonly note?: string
  readonly finding?: string
  readonly decided_by_other?: boolean
  readonly decided_at: string
  readonly decided_by: string
}

interface Outcome {
  readonly version: number
  readonly state: string
  readonly deployed_in: readonly string[]
  readonly reviews: readonly Review[]
}

interface History {
  readonly version: number
  readonly state: string
  readonly reviews: readonly Review[]
  readonly next?: number
}

interface Queue {
  readonly reviews: readonly {
    readonly project: { readonly name: string }
    readonly version: number
    readonly state: string
    readonly review: Review
  }[]
  readonly next?: number
}

const ACTIONS = 'request, approve, reject, revoke, history or list'
const MORE = '\nThere are more: --limit takes up to 200'

export const reviewCommand: Command = {
  usage: 'request | approve | reject | revoke | history --project P --version N [--note TEXT] | list [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  request    asks for the review of a version',
    '  approve    says that it may be deployed',
    '  reject     says that it may not; --note says why',
    '  revoke     takes an approval back; --note says why. Where it is deployed it stays so',
    '  history    all that was decided on a version, the newest first; --limit N',
    '  list       versions by their last review, the newest first: those that wait for one unless --state says otherwise,',
    '             of all projects unless --project names one; --limit N',
    '',
    '  --project P, --version N',
    '  --note TEXT            for whoever looks later',
    '  --state S              pending (default), approved, rejected or revoked',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    version: { type: 'string' },
    note: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) =>
    runAction(
      ACTIONS,
      {
        request: deciding('requested'),
        approve: deciding('approved'),
        reject: deciding('rejected', textOf),
        revoke: deciding('revoked', textOf),
        history,
        list,
      },
      given,
      terminal,
    ),
}

/** noteOf: textOf where there must be one. */
function deciding(decision: string, noteOf = (values: Values, name: string): unknown => values[name]): Action {
  return async (values, client) => {
    const said = { decision, note: noteOf(values, 'note') }
    const { body } = await client.send<Outcome>('POST', pathOfReviews(values), said)
    const { version, state, deployed_in: places, reviews } = body
    const lines = [`version ${version} is ${state}`]
    const [last] = reviews
    if (last !== undefined && last.decision !== decision) lines.push(`${last.decided_by}: ${last.note}`)
    if (last?.finding !== undefined) lines.push(`left to a person: ${last.finding}`)
    if (last?.decided_by_other === false) {
      lines.push('that somebody else asked for it is not known: see docs/reviews.md')
    }
    if (decision === 'revoked' && places.length > 0) lines.push(`it stays active in ${places.join(', ')}`)
    return { answer: body, text: lines.join('\n') }
  }
}

const history: Action = async (values, client) => {
  const query = { limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<History>(pathOfReviews(values), query)
  const rows = body.reviews.map((each) => [each.decision, each.decided_at, each.decided_by, wordsOf(each)])
  const head = `version ${body.version} is ${body.state === 'none' ? 'not reviewed' : body.state}`
  if (rows.length === 0) return { answer: body, text: head }
  const table = textTable([['decision', 'at', 'by', 'note'], ...rows], false)
  return { answer: body, text: `${head}\n${table}${body.next === undefined ? '' : MORE}` }
}

const list: Action = async (values, client) => {
  const { project, state = 'pending' } = values
  const path = project === undefined ? '/api/reviews' : `${pathOf(textOf(values, 'project'))}/reviews`
  const { body } = await client.get<Queue>(path, { state, limit: optionalNumberOf(values, 'limit') })
  const rows = body.reviews.map(({ project: { name }, version, state: now, review }) => [
    name,
    String(version),
    now,
    review.decided_at,
    review.decided_by,
    wordsOf(review),
  ])
  if (rows.length === 0) return { answer: body, text: `no version is ${String(state)}` }
  const table = textTable([['project', 'version', 'state', 'at', 'by', 'note'], ...rows], false)
  return { answer: body, text: table + (body.next === undefined ? '' : MORE) }
}

function pathOfReviews(values: Values): string {
  return `${pathOf(textOf(values, 'project'))}/versions/${numberOf(values, 'version')}/reviews`
}

function wordsOf({ note = '', finding }: Review): string {
  return [note, finding].filter(Boolean).join('; ')
}
