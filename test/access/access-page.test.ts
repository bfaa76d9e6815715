// docs/access.md beside the routes, the roles and the permissions as they are.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { PERMISSIONS, ROLE_NAMES, rolesWith } from '../../src/permissions.ts'
import { blocksOf, root, tableOf } from '../support/pages.ts'
import { nameOf, ROWS } from './routes-by-role.ts'

interface Operation {
  readonly 'x-permission'?: string
  readonly 'x-audit'?: string
}

const page = await readFile(join(root, 'docs/access.md'), 'utf8')

t.test('each route stands there with its permission and what it leaves in the audit', async (t) => {
  const { paths } = JSON.parse(await readFile(join(root, 'docs/openapi.json'), 'utf8'))
  const routes = Object.entries<Record<string, Operation>>(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { 'x-permission': permission = 'open', 'x-audit': audit = '' }]) => [
      `\`${method.toUpperCase()} ${path}\``,
      permission,
      audit,
    ]),
  )
  const told = tableOf(page, ['route', 'permission', 'audit'])
  t.same(told.toSorted(), routes.toSorted())
  t.ok(told.length > 20)
})

t.test('the roles that may call a route by hand are those of its permission', async (t) => {
  const told = new Map(
    tableOf(page, ['route', 'permission', 'audit']).map(([route, permission]) => [route, permission]),
  )
  for (const row of ROWS) {
    const permission = told.get(`\`${row.method} ${row.template ?? row.path}\``)
    if (permission === undefined || !Object.hasOwn(PERMISSIONS, permission)) continue
    t.same(row.who, rolesWith(permission as keyof typeof PERMISSIONS), nameOf(row))
  }
})

t.test('the table of roles is that of the code', async (t) => {
  const told = tableOf(page, ['permission', 'allows to', ...ROLE_NAMES])
  const expected = Object.entries(PERMISSIONS).map(([permission, words]) => {
    const roles: readonly string[] = rolesWith(permission as keyof typeof PERMISSIONS)
    return [`\`${permission}\``, words, ...ROLE_NAMES.map((role) => (roles.includes(role) ? 'yes' : ''))]
  })
  t.same(told, expected)
})

t.test('the settings for issuers are settings', async (t) => {
  const blocks = await blocksOf('docs/access.md', 'ini')
  t.equal(blocks.length, 4)
  for (const { text, place } of blocks) {
    const settings = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1) ?? [line]),
    )
    t.match(readConfig(settings, false), settings, place)
  }
})
