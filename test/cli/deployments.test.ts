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
  t.match(await call('deployments', 'scale', '--project', 'tried', '--instances', '2'), {
    code: 2,
    err: /--instances: the target local has one/,
  })
  t.match(await call('deployments', 'undeploy', '--project', 'tried'), { out: /^deployment 4: .* is undeployed\n$/ })
  t.match(await call('deployments', 'current', '--project', 'tried'), { code: 1, err: /NOTHING_DEPLOYED/ })
  t.match(await call('deployments', 'move'), {
    code: 2,
    err: /expected list, show, current, undeploy or scale, got move/,
  })
  t.match(await call('deploy', '--version', '1'), { code: 2, err: /--project is missing/ })
})

t.test('what is wrong is named as it was written, and ends with 2 where the call is wrong', async (t) => {
  const { adminToken, service } = await startGuardedService(t, ['majority'])
  const environment = { ML_WORKER_URL: service.url, ML_WORKER_TOKEN: adminToken }
  await clientOf(service.url, bearer(adminToken)).post('/api/projects', { name: 'p', model_name: 'majority' })
  const time = 'expected a time such as 2026-03-01T00:00:00Z'
  for (const [line, code, says] of [
    ['deploy --project p', 2, 'expected --version or --alias, one of them'],
    ['deploy --project p --version 1 --alias a', 2, 'expected --version or --alias, one of them'],
    ['deploy --project p --version 1 --target locl', 2, '  --target: expected one of local, kserve, azure_ml'],
    ['deploy --project p --version 1 --instances 2', 2, '  --instances: the target local has one'],
    ['deploy --project p --version 1 --instances 200', 2, '  --instances: expected integer to be less or equal to 100'],
    ['deploy --project p --alias NO', 2, '  --alias: expected string to match'],
    ['deploy --project p --version 1 --environment Production', 2, '  --environment: must match pattern'],
    ['deploy --project p --version 9', 1, 'VERSION_UNKNOWN: '],
    ['rollback --project p!', 2, '  --project: must match pattern'],
    ['rollback --project p', 1, 'ROLLBACK_IMPOSSIBLE: '],
    ['deployments list --status replacd', 2, '  --status: expected one of pending, deploying, active, replaced, '],
    ['deployments list --target kube', 2, '  --target: expected one of local, kserve, azure_ml'],
    ['deployments list --project p --environment production --at 2026-01-01', 2, `  --at: ${time}`],
    ['deployments list --limit 1000', 2, '  --limit: must be <= 200'],
    ['deployments show --project p', 2, '--id is missing'],
    ['review list --state waiting', 2, '  --state: expected one of pending, approved, rejected, revoked'],
    ['review approve --project p --version 3000000000', 2, '  --version: must be <= 2147483647'],
    ['webhook add --url http://example.com --event run.begun', 2, '  --event: expected one of run.ended, '],
    ['webhook add --url nonsense', 2, '  --url: '],
    ['webhook add --mail nobody', 2, '  --mail: '],
    ['webhook rotate --id 1 --overlap 9999999', 1, 'WEBHOOK_UNKNOWN: '],
    ['webhook deliveries --state lost', 2, '  --state: expected one of pending, delivered, dead, cancelled'],
    ['project list --status paused', 2, '  --status: expected one of active, archived, all'],
    ['project create --name p! --model majority', 2, '  --name: expected string to match'],
    ['version list --project p --limit 1000', 2, '  --limit: must be <= 200'],
  ] as const) {
    const { code: got, err } = await runCommandLine(line.split(' '), { environment })
    t.equal(got, code, `${line}: ${err}`)
    t.ok(err.includes(says), `${line}: ${err}`)
    t.equal(err.includes('\nUsage: ml-worker '), code === 2, line)
  }
  const unset = await runCommandLine(['deployments', 'list'], { environment: { PORT: '1' } })
  t.match(unset, {
    code: 1,
    err: /no worker answers at http:\/\/127\.0\.0\.1:1 .*; set ML_WORKER_URL to where one answers/,
  })
})
