// ml-worker deploy, rollback and deployments against a running worker, as a reviewer calls them.
import t from 'tap'
import { bearer, startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { clientOf } from '../support/service.ts'
import { until } from '../support/until.ts'

t.test('from an approved version to one that is rolled back and undeployed', async (t) => {
  const { admin, tokenOf, service } = await startGuardedService(t, ['majority'])
  const token = await tokenOf(['reviewer'])
  const reviewer = clientOf(service.url, bearer(token))
  const environment = { ML_WORKER_URL: service.url, ML_WORKER_TOKEN: token }
  const call = (...args: string[]) => runCommandLine(args, { environment })
  await admin.post('/api/datasets?name=rows&labels=y', 'a,y\n1,p\n2,q\n', { 'content-type': 'text/csv' })
  await admin.post('/api/projects', { name: 'tried', model_name: 'majority', dataset_name: 'rows' })
  for (const version of [1, 2]) {
    await admin.post('/api/projects/tried/versions', {})
    await until(async () => (await admin.get(`/api/projects/tried/versions/${version}`)).status === 200)
  }
  const one = ['--project', 'tried', '--version', '1']
  t.match(await call('deploy', ...one), { code: 1, err: /VERSION_NOT_APPROVED/ })
  for (const version of [1, 2]) {
    await reviewer.post(`/api/projects/tried/versions/${version}/reviews`, { decision: 'approved' })
  }
  t.match(await call('deployments', 'list'), { code: 0, out: 'there are no deployments\n' })
  const deployed = await call('deploy', ...one, '--wait', '--note', 'the first')
  t.match(deployed, { code: 0, out: /^deployment 1: version 1 in production of tried is active\n$/ })
  const staged = await call(
    'deploy',
    '--project',
    'tried',
    '--version',
    '2',
    '--environment',
    'staging',
    '--json',
    '--wait',
  )
  t.match(JSON.parse(staged.out), { environment: 'staging', version: 2, status: 'active', events: { length: 3 } })
  t.match(await call('deploy', '--project', 'tried', '--version', '2', '--wait'), { code: 0 })
  t.match(await call('rollback', '--project', 'tried', '--wait'), {
    code: 0,
    out: /^deployment 4: version 1 .* active\n$/,
  })
  const table = (await call('deployments', 'list', '--status', 'active')).out
  t.match(
    table,
    /^id +project +environment[\s\S]*\n4 +tried +production +1 +local +active +rollback [\s\S]*\n2 +tried +staging +2 /,
  )
  t.match(await call('deployments', 'current', '--project', 'tried'), { code: 0, out: /\nversion +1\n/ })
  t.match(await call('deployments', 'show', '--project', 'tried', '--id', '1'), { out: /\nstatus +replaced\n/ })
  const past = ['--environment', 'production', '--at', '2020-01-01T00:00:00Z']
  t.match(await call('deployments', 'list', '--project', 'tried', ...past), { out: 'there are no deployments\n' })
  t.match(await call('deployments', 'scale', '--project', 'tried', '--instances', '2'), { code: 1, err: /one/ })
  t.match(await call('deployments', 'undeploy', '--project', 'tried'), { out: /^deployment 4: .* is undeployed\n$/ })
  t.match(await call('deployments', 'current', '--project', 'tried'), { code: 1, err: /NOTHING_DEPLOYED/ })
  t.match(await call('deployments', 'move'), {
    code: 1,
    err: /expected list, show, current, undeploy or scale, got move/,
  })
  t.match(await call('deploy', '--version', '1'), { code: 2, err: /--project is missing/ })
})
