// ml-worker token: the API tokens that callers send with ACCESS=required.
import { SHOWN_TEXT, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, Tokens } from '../access/tokens.ts'
import type { TokenRow } from '../access/tokens-table.ts'
import { appendEntry } from '../audit/audit.ts'
import { isRole, ROLE_NAMES, type Role } from '../permissions.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { textOf, type Values } from './options.ts'
import { commandCaller, withOwnDatabase } from './own-database.ts'
import { textTable } from './text-table.ts'

const LISTED_MAX = 1_000

export const tokenCommand: Command = {
  usage: 'create --label TEXT --role ROLE [--role ROLE] [--project NAME] [--days N] | list | revoke --id ID',
  details: [
    '  The token itself is printed once, alone on standard output; the database keeps its digest only. It takes the database',
    '  of OWN_DATABASE_URL, else DATABASE_URL, else the embedded PostgreSQL of the worker that runs in DATA_DIR. Each',
    '  change stands in the audit as command/<user of the system>.',
    '',
    '  --label TEXT           what the token is for',
    `  --role ROLE            what it may do, of ${ROLE_NAMES.join(', ')}; may be repeated`,
    '  --project NAME         bind it to a project: it opens the routes of that and nothing else; may be repeated',
    `  --days N               how long it is good for, 1 to ${TOKEN_DAYS_MAX}; default ${TOKEN_DAYS_DEFAULT}`,
    '  --id ID                the token to revoke, as list shows it: the part between mlw_ and the next _',
  ].join('\n'),
  options: {
    label: { type: 'string' },
    role: { type: 'string', multiple: true },
    project: { type: 'string', multiple: true },
    days: { type: 'string' },
    id: { type: 'string' },
  },
  takes: ['create, list or revoke'],
  async run({ values, positionals: [what = ''] }, terminal) {
    const work = { create, list, revoke }[what]
    if (work === undefined) throw new UsageError(`expected create, list or revoke, got ${what}`)
    await work(values, terminal)
    return 0
  },
}

async function create(values: Values, terminal: Terminal): Promise<void> {
  const label = shownTextOf(values, 'label')
  const roles = (values['role'] ?? []) as string[]
  if (roles.length === 0) throw new UsageError('--role is missing')
  const unknown = roles.find((role) => !isRole(role))
  if (unknown !== undefined) throw new UsageError(`--role: expected ${ROLE_NAMES.join(', ')}; got ${unknown}`)
  const days = Number(values['days'] ?? TOKEN_DAYS_DEFAULT)
  if (!Number.isInteger(days) || days < 1 || days > TOKEN_DAYS_MAX) {
    throw new UsageError(`--days: expected 1 to ${TOKEN_DAYS_MAX}, got ${values['days']}`)
  }
  const projects = values['project'] as string[] | undefined
  for (const project of projects ?? []) requireShownText('project', project)
  const { token, row } = await withTokens((tokens) =>
    tokens.create({ label, roles: roles as Role[], projects, days }, commandCaller()),
  )
  terminal.err(
    `token ${row.tokenId}, ${row.roles.join(', ')}, good until ${row.expiresAt.toISOString()}; it is not shown again:`,
  )
  terminal.out(token)
}

async function list(_: Values, terminal: Terminal): Promise<void> {
  const rows = await withTokens((tokens) => tokens.list(LISTED_MAX))
  if (rows.length === 0) terminal.err('there are no tokens')
  else terminal.out(textTable([['id', 'label', 'roles', 'state', 'made by', 'last used'], ...rows.map(lineOf)], false))
}

async function revoke(values: Values, terminal: Terminal): Promise<void> {
  const tokenId = shownTextOf(values, 'id')
  const row = await withTokens((tokens) => tokens.revoke(tokenId, commandCaller()))
  if (row === undefined) throw new CommandError(`there is no token ${tokenId}`)
  terminal.out(
    `token ${tokenId} is revoked since ${row.revokedAt?.toISOString()}; workers refuse it within ten seconds`,
  )
}

/** Throws UsageError where it is missing, or not to be shown as it is. */
function shownTextOf(values: Values, name: string): string {
  const value = textOf(values, name)
  requireShownText(name, value)
  return value
}

function requireShownText(name: string, text: string): void {
  const { minLength, maxLength, pattern } = SHOWN_TEXT
  if (text.length >= minLength && text.length <= maxLength && new RegExp(pattern).test(text)) return
  throw new UsageError(`--${name}: expected ${minLength} to ${maxLength} characters, none of them a control character`)
}

function withTokens<T>(work: (tokens: Tokens) => Promise<T>): Promise<T> {
  return withOwnDatabase((pool) => work(new Tokens({ pool, audit: { append: appendEntry } })))
}

function lineOf({ tokenId, label, roles, projects, expiresAt, revokedAt, createdBy, lastUsedAt }: TokenRow): string[] {
  const until = `until ${expiresAt.toISOString().slice(0, 10)}`
  const state = revokedAt !== null ? 'revoked' : expiresAt.getTime() <= Date.now() ? 'over' : until
  const bound = projects === null ? '' : ` (${projects.join(', ')})`
  return [tokenId, label, `${roles.join(', ')}${bound}`, state, createdBy, lastUsedAt?.toISOString() ?? 'never']
}
