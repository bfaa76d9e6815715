// The shipped rules and dashboard ask only for figures that the worker has; promtool checks them where it is found.
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startTrainingService } from '../support/trained.ts'

const folder = join(import.meta.dirname, '../../examples/prometheus')
const { get } = await startTrainingService(t, [])

/** Names of figures in an expression of Prometheus, without the ends that histograms add. */
function figuresIn(text: string): string[] {
  const names = text.match(/\b(?:ml_worker|http_server|nodejs|process)_[a-z0-9_]+/g) ?? []
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ''))
}

t.test('the rules and the dashboard name only figures of GET /metrics', async (t) => {
  const { body } = await get('/metrics')
  const known = new Set([...(body as string).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
  const rules = await readFile(join(folder, 'rules.yml'), 'utf8')
  const dashboard = JSON.parse(await readFile(join(folder, 'dashboard.json'), 'utf8'))
  const expressions = [
    ...[...rules.matchAll(/expr: (.*)/g)].map(([, expr]) => expr as string),
    ...dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) => panel.targets.map(({ expr }) => expr)),
  ]
  t.ok(expressions.length > 15)
  for (const name of new Set(expressions.flatMap(figuresIn))) t.ok(known.has(name), name)
})

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined
t.test(
  'promtool takes the rules and the configuration',
  { skip: hasPromtool ? false : 'no promtool on the path' },
  async (t) => {
    for (const args of [
      ['check', 'rules', 'rules.yml'],
      ['check', 'config', 'prometheus.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
      t.equal(status, 0, stdout + stderr)
    }
  },
)
