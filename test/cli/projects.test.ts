// ml-worker project and ml-worker version against a running worker, as a data scientist calls them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'

t.test('from a project to a compared version, with a token', async (t) => {
  const { admin, adminToken, service } = await startGuardedService(t, ['forest'])
  const environment = { ML_WORKER_URL: `${service.url}/`, ML_WORKER_TOKEN: adminToken }
  const call = (...args: string[]) => runCommandLine(args, { environment })
  const csv = `a,y\n${Array.from({ length: 40 }, (_, i) => `${i},${i < 20 ? 'p' : 'q'}\n`).join('')}`
  await admin.post('/api/datasets?name=rows&labels=y', csv, { 'content-type': 'text/csv' })

  t.match(await call('project', 'list'), { code: 0, out: 'there are no projects\n' })
  const made = await call(
    ...['project', 'create', '--name', 'tried', '--model', 'forest', '--dataset', 'rows', '--tag', 'a', '--tag', 'b'],
    ...['--parameters', '{"n_estimators": 3}', '--validation-split', '0.25'],
  )
  t.match(made, { code: 0, out: 'project tried is made\n' })
  t.match((await call('project', 'list', '--tag', 'b')).out, /^name +status[\s\S]*\ntried +active +forest +rows +0 /)
  const shown = JSON.parse((await call('project', 'show', '--name', 'tried', '--json')).out)
  t.match(shown, { tags: ['a', 'b'], parameters: { n_estimators: 3 }, options: { validation_split: 0.25 } })

  t.match(await call('version', 'train', '--project', 'tried'), { code: 0, out: /^run \d+ is version 1\n$/ })
  const folds = ['--cross-validation', '2', '--calibration', 'sigmoid']
  const other = ['--description', 'five trees', '--parameters', '{"n_estimators": 5}', ...folds]
  t.match(await call('version', 'train', '--project', 'tried', ...other), { code: 0, out: /is version 2\n$/ })
  t.match((await call('version', 'list', '--project', 'tried')).out, /\n2 .*five trees\n1 /)
  const board = (await call('version', 'leaderboard', '--project', 'tried')).out
  t.match(board, /^validation_accuracy, higher is better[\s\S]*rows group[\s\S]*\n1 /)
  const compared = await call('version', 'compare', '--project', 'tried', '--versions', '1,2', '--metric', 'log_loss')
  t.match(compared, {
    code: 0,
    out: /^no version is shown to be better by log_loss\n10 rows that none[\s\S]*\nFEW_ROWS: /,
  })
  t.match(compared.out, /\n1 against 2 [\s\S]*no difference shown\n[\s\S]*\naccuracy +1 /)
  const unsigned = await call('version', 'manifest', '--project', 'tried', '--version', '1')
  t.match(unsigned, { code: 1, err: /MANIFEST_UNKNOWN: version 1 has no signed manifest/ })
  const lineage = await call('version', 'lineage', '--project', 'tried', '--version', '2')
  t.match(lineage.out, /version\/1 \(version 1\) parent_of version\/2/)
  const again = await call('version', 'reproduce', '--project', 'tried', '--version', '2')
  t.match(again, { code: 0, out: 'version 2 was trained again, the same to the byte\n' })
  const space = ['--space', '{"n_estimators": [1, 3, 5], "max_depth": {"min": 1, "max": 6, "integer": true}}']
  const searched = await call('search', '--project', 'tried', '--strategy', 'random', '--trials', '4', ...space)
  t.match(searched, {
    code: 0,
    out: /^run \d+ is version 3\naccuracy, higher is better\nrank +trial +max_depth +n_est/,
  })
  t.match(searched.out, /\n1 +\d +\d +\d +[01][.\d]* +[.\d]+ +30 +finished\n/)
  const told = await call(
    'search',
    '--project',
    'tried',
    '--strategy',
    'grid',
    '--json',
    ...['--space', '{"max_depth": [1, 2]}'],
  )
  t.match(JSON.parse(told.out), { strategy: 'grid', trials: [{ trial: 1 }, { trial: 2 }] })
  const rows = join(t.testdir({ 'rows.csv': 'a\n3\n30\n' }), 'rows.csv')
  const explained = await call('explain', '--project', 'tried', '--version', '2', '--data', rows)
  t.match(explained, {
    code: 0,
    out: /^row +explained +base +a +total\n0 +y = p \(probability\) .* 1\n1 +y = q .* 1\n$/,
  })
  const json = await call('explain', '--project', 'tried', '--version', '1', '--data', rows, '--class', 'p', '--json')
  t.match(JSON.parse(json.out), {
    explanations: [{ y: [{ class: 'p', base: Number, contributions: { a: Number } }] }, {}],
  })
  for (const version of ['1', '2']) {
    const pointed = await call('version', 'point', '--project', 'tried', '--version', version, '--alias', 'champion')
    const replaced = version === '1' ? '' : '; it was version 1'
    t.match(pointed, { code: 0, out: `champion is version ${version}${replaced}\n` })
  }
  const whole = ['--model', 'forest', '--validation-split', '0', '--split-seed', '7']
  t.match(await call('version', 'train', '--project', 'tried', ...whole), { code: 0, out: /is version \d+\n$/ })
  const [newest] = JSON.parse((await call('version', 'list', '--project', 'tried', '--json')).out).versions
  t.same(newest.request.options, { split_seed: 7 })
  t.match(await call('project', 'archive', '--name', 'tried'), { code: 0, out: 'project tried is archived\n' })
  const refused = await call('version', 'train', '--project', 'tried')
  t.match(refused, { code: 1, err: /PROJECT_ARCHIVED: project tried was archived/ })
})

t.test('what is wrong is told, with what to do', async (t) => {
  const { service } = await startGuardedService(t, ['forest'])
  const url = { ML_WORKER_URL: service.url }
  for (const [args, environment, code, says] of [
    [['project', 'list'], url, 1, /set ML_WORKER_TOKEN to an API token/],
    [['project', 'list'], { ML_WORKER_URL: 'http://127.0.0.1:1' }, 1, /no worker answers at http:\/\/127.0.0.1:1 /],
    [['project', 'list'], { ML_WORKER_URL: 'nonsense' }, 1, /ML_WORKER_URL/],
    [['project', 'create', '--name', 'x'], url, 2, /--model is missing/],
    [['explain', '--data', 'rows.csv', '--run', '1', '--project', 'x'], url, 1, /--data rows.csv/],
    [['project', 'paint'], url, 2, /expected list, show, create or archive, got paint/],
    [
      ['version', 'show', '--project', 'x', '--version', '0'],
      url,
      2,
      /--version: expected a whole number from 1, got 0/,
    ],
    [['search', '--project', 'x', '--space', '{}'], url, 2, /--strategy is missing/],
    [
      ['search', '--project', 'x', '--strategy', 'grid', '--space', '{'],
      url,
      2,
      /--space: expected a JSON object, got {/,
    ],
    [['version', 'train', '--project', 'x', '--threshold', 'high'], url, 2, /--threshold: expected a number or a JSON/],
    [['version', 'train', '--project', 'x', '--parameters', '[1]'], url, 2, /--parameters: expected a JSON object/],
  ] as const) {
    const answer = await runCommandLine(args, { environment })
    t.match(answer, { code, err: says }, args.join(' '))
  }
})

t.test('an answer that is not of a worker is told as such', async (t) => {
  const server = createServer((_, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const environment = { ML_WORKER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const { code, err } = await runCommandLine(['project', 'list'], { environment })
  t.equal(code, 1)
  t.match(err, /the answer is 200, and not of a worker: <html>hello/)
})
