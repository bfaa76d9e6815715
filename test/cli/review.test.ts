// ml-worker review against a running worker, as a data scientist and a reviewer call it.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { until } from '../support/until.ts'

t.test('a version is asked for, found in the queue, approved and revoked', async (t) => {
  const { admin, service, tokenOf } = await startGuardedService(t, ['majority'])
  const environmentOf = async (role: string) => ({ ML_WORKER_URL: service.url, ML_WORKER_TOKEN: await tokenOf([role]) })
  const as = async (role: string) => {
    const environment = await environmentOf(role)
    return (...args: string[]) => runCommandLine(['review', ...args], { environment })
  }
  const [scientist, reviewer] = [await as('data_scientist'), await as('reviewer')]
  await admin.post('/api/datasets?name=rows&labels=y', 'a,y\n1,p\n2,q\n', { 'content-type': 'text/csv' })
  await admin.post('/api/projects', { name: 'tried', model_name: 'majority', dataset_name: 'rows' })
  await admin.post('/api/projects/tried/versions', {})
  await until(async () => (await admin.get('/api/projects/tried/versions/1')).status === 200)
  const one = ['--project', 'tried', '--version', '1']

  t.match(await reviewer('list'), { code: 0, out: 'no version is pending\n' })
  t.match(await scientist('history', ...one), { code: 0, out: 'version 1 is not reviewed\n' })
  t.match(await scientist('request', ...one, '--note', 'the first'), { code: 0, out: 'version 1 is pending\n' })
  t.match(await scientist('approve', ...one), { code: 1, err: /FORBIDDEN: this needs the permission reviews:decide/ })
  t.match(
    (await reviewer('list')).out,
    /^project +version +state[\s\S]*\ntried +1 +pending +\S+ +token\/\w+ +the first\n$/,
  )
  t.match(await reviewer('reject', ...one), { code: 2, err: /--note is missing/ })
  t.match(await reviewer('approve', ...one), { code: 0, out: 'version 1 is approved\n' })
  t.match(await reviewer('revoke', ...one, '--note', 'wrong rows'), { code: 0, out: 'version 1 is revoked\n' })
  t.match(await reviewer('revoke', ...one, '--note', 'again'), {
    code: 1,
    err: /REVIEW_OUT_OF_ORDER: .*can be requested/,
  })
  const { out } = await reviewer('history', ...one)
  t.match(
    out,
    /^version 1 is revoked\ndecision +at +by +note\nrevoked .*wrong rows\napproved .*\nrequested .*the first\n$/,
  )
  const revoked = await reviewer('list', '--project', 'tried', '--state', 'revoked', '--json')
  t.match(JSON.parse(revoked.out), { reviews: [{ version: 1, state: 'revoked', review: { note: 'wrong rows' } }] })

  const asking = ['--name', 'asking', '--model', 'majority', '--review', '{"request": "every_version"}', '--json']
  const made = await runCommandLine(['project', 'create', ...asking], { environment: await environmentOf('service') })
  t.match(JSON.parse(made.out), { review: { mode: 'manual', request: 'every_version' } })
  const policy = { mode: 'automatic', request: 'on_demand', metric: 'validation_accuracy', at_least: 0 }
  const changed = await admin.request('PATCH', '/api/projects/tried', { review: policy }, { 'if-match': '"1"' })
  t.equal(changed.status, 200)
  await admin.post('/api/projects/tried/versions', {})
  await until(async () => (await admin.get('/api/projects/tried/versions/2')).status === 200)
  const left = 'version 2 is pending\nleft to a person: it has no validation_accuracy\n'
  t.match(await scientist('request', '--project', 'tried', '--version', '2'), { code: 0, out: left })

  t.match(await reviewer('praise'), { code: 2, err: /expected request, approve, reject, revoke, history or list/ })
  t.match(await reviewer('approve', '--project', 'tried'), { code: 2, err: /--version is missing/ })
})
