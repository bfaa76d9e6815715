// ml-worker experiment against a running worker, as a person who deploys calls it.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { experimentProject, letWin } from '../support/experiments.ts'
import { until } from '../support/until.ts'

t.test('from a draft to a winner that is promoted', async (t) => {
  const settings = { REVIEW_SELF: 'allow' } as const
  const { admin, adminToken, service, database } = await startGuardedService(t, ['forest', 'majority'], settings)
  const environment = { ML_WORKER_URL: service.url, ML_WORKER_TOKEN: adminToken }
  const call = (...args: string[]) => runCommandLine(['experiment', ...args, '--project', 'kinds'], { environment })
  await experimentProject(admin, 'kinds')
  t.match(await call('list'), { code: 0, out: 'there are no experiments\n' })
  const arms = ['--arm', 'control=1:0.5', '--arm', 'b=2:0.25']
  t.match(await call('create', '--name', 'x', '--arm', 'b=two'), { code: 2, err: /--arm: expected NAME=VERSION:SHARE/ })
  t.match(await call('create', ...arms), { code: 2, err: /--name is missing/ })
  const refused = await call('create', '--name', 'x', '--arm', 'control=1:0.5', '--arm', 'b=9:0.7')
  t.match(refused, { code: 1, err: /arms, the shares add up to 1\.2[\s\S]*no version 9/ })
  const made = await call(
    'create',
    '--name',
    'x',
    ...arms,
    '--mode',
    'split+shadow',
    '--settings',
    '{"min_sample_size": 50}',
  )
  t.match(made, { code: 0, out: /^experiment \d+, x, is drafted\n$/ })
  const id = /^experiment (\d+)/.exec(made.out)?.[1] as string
  const of = ['--id', id]
  t.match(await call('show', ...of), { code: 0, out: /\nstate +draft\n[\s\S]*\nmin_sample_size +50\n/ })
  t.match(await call('promote', ...of), { code: 1, err: /EXPERIMENT_STATE: experiment \d+ is draft/ })
  t.match(await call('start', ...of), { code: 0, out: `experiment ${id}, x, is running\n` })
  t.match(await call('pause', ...of), { code: 0, out: `experiment ${id}, x, is running, and paused\n` })
  t.match(await call('list', '--state', 'running'), {
    out: /\n\d+ +x +production +split\+shadow +paused +control=1:0\.5 b=2:0\.25 /,
  })
  t.match(await call('resume', ...of), { code: 0, out: `experiment ${id}, x, is running\n` })
  await until(async () => (await admin.get(`/api/projects/kinds/experiments/${id}/results`)).status === 200)
  t.match(await call('results', ...of), {
    code: 0,
    out: /\narm +version +keys +with outcomes +failed[^\n]*\ncontrol +1 +0 +0 +0[\s\S]*\nmetric +arm +difference[\s\S]*\naccuracy +b[\s\S]*\nerrors +b +0 against 0[\s\S]*\nlooked at \S+Z\n$/,
  })
  await letWin(database.owner, Number(id), 1)
  t.match(await call('stop', ...of, '--reason', 'late'), { code: 1, err: /EXPERIMENT_STATE/ })
  t.match(await call('list'), { out: / winner: b / })
  t.match(await call('promote', ...of, '--note', 'as it said'), {
    code: 0,
    out: /^experiment \d+, x, is promoted as deployment \d+\n$/,
  })
  await until(async () => (await admin.get('/api/projects/kinds/environments/production/current')).body.version === 2)
  t.match(await call('promote', ...of, '--arm', 'a', '--arm', 'b'), { code: 2, err: /--arm: promote takes one/ })
  const second = JSON.parse((await call('create', '--name', 'y', ...arms, '--json')).out)
  t.match(await call('stop', '--id', String(second.id), '--reason', 'a mistake'), {
    code: 0,
    out: /^experiment \d+, y, is concluded: stopped by token\/\w+: a mistake\n$/,
  })
  t.match(await call('move'), { code: 2, err: /expected list, show, create, .* or results, got move/ })
})
