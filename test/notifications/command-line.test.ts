// ml-worker webhook against a running worker, and what becomes of secrets where there are keys.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { makeKeys } from '../support/encryption.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { answers, startReceiver } from '../support/webhook-receiver.ts'

const receiver = await startReceiver(t)
const { paths } = await makeKeys(t, 2)
const [old, fresh] = paths as [string, string]
const { admin, adminToken, database, service } = await startGuardedService(t, ['majority'], {
  WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
  WEBHOOK_RETRY_SECONDS: '0',
  ENCRYPTION_KEY_FILE: old,
})
const environment = { ML_WORKER_URL: service.url, ML_WORKER_TOKEN: adminToken }
const call = (...args: string[]) => runCommandLine(['webhook', ...args], { environment })

t.test('from an address to a message, and to one that nobody got', async (t) => {
  t.match(await call('list'), { code: 0, out: 'there are no webhooks\n' })
  const url = `${receiver.url}/cli`
  const made = await call('add', '--url', url, '--event', 'run.ended', '--event', 'review.decided', '--project', 'iris')
  t.match(made, { code: 0, out: /^whsec_\S+\n$/, err: /webhook 1 is made; its secret is not shown again/ })
  t.match((await call('list')).out, /\n1 +webhook +http\S+\/cli +run\.ended, review\.decided +iris +enabled\n$/)
  t.match(await call('test', '--id', '1'), { code: 0, out: 'delivered: the answer was 204\n' })
  receiver.answer(answers(500))
  t.match(await call('test', '--id', '1'), { code: 1, out: /^not delivered: the answer was 500/ })
  await until(async () =>
    /\n\S+ +1 +webhook\.test +\S+ +dead +2 /.test((await call('deliveries', '--state', 'dead')).out),
  )
  receiver.answer(answers(200))
  t.match(await call('redeliver', '--dead'), { code: 0, out: '1 deliveries are tried again\n' })
  const { deliveries } = JSON.parse((await call('deliveries', '--id', '1', '--json')).out)
  t.equal(deliveries.length, 2)
  const again = await call('redeliver', '--id', '1', '--delivery', String(deliveries[1].id))
  t.match(again, { code: 0, out: `delivery ${deliveries[1].id} is tried again\n` })
  const rotated = await call('rotate', '--id', '1', '--overlap', '0')
  t.match(rotated, { code: 0, out: /^whsec_/, err: /the one before signs no more/ })
  t.not(rotated.out, made.out)
  t.match(await call('remove', '--id', '1'), { code: 0, out: 'webhook 1 is deleted\n' })
  t.match(await call('remove', '--id', '1'), { code: 1, err: /WEBHOOK_UNKNOWN/ })
  t.match(await call('add'), { code: 2, err: /expected --url or --mail, one of them/ })
  t.match(await call('redeliver', '--id', '1'), { code: 2, err: /--delivery is missing/ })
})

t.test('secrets are encrypted at rest, and go with the keys', async (t) => {
  const { body: made } = await admin.post('/api/webhooks', { url: `${receiver.url}/sealed` })
  await admin.post(`/api/webhooks/${made.id}/rotate`, {}, { 'if-match': '*' })
  const stored = async () => {
    const { rows } = await database.owner.query(
      'select secret, previous_secret from ml_worker.webhooks where webhook_id = $1',
      [made.id],
    )
    return rows[0] as { secret: Buffer; previous_secret: Buffer }
  }
  const before = await stored()
  const plain = Buffer.from(made.secret.slice('whsec_'.length), 'base64')
  for (const bytes of Object.values(before)) {
    t.equal(bytes.toString('latin1', 0, 4), 'MLWE')
    t.notOk(bytes.includes(plain))
  }
  const keysOf = (keys: readonly string[]) => ({ ENCRYPTION_KEY_FILE: keys.join(',') })
  const rotate = async (...args: string[]) =>
    runCommandLine(['rotate-keys', ...args], {
      environment: { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), ...keysOf([fresh, old]) },
    })
  t.match((await rotate('--dry-run')).out, /secrets of webhooks: 2 to be brought to the first key/)
  t.same(await stored(), before)
  t.match(await rotate(), { code: 0, out: /secrets of webhooks: 2 brought to the first key/ })
  t.match((await rotate()).out, /secrets of webhooks: 2 under the first key already/)
  // This worker has the old key alone.
  await admin.post(`/api/webhooks/${made.id}/test`, '')
  const last = async () => (await admin.get(`/api/webhooks/${made.id}/deliveries`)).body.deliveries[0]
  await until(async () => (await last()).state === 'dead')
  t.match(
    (await last()).last_error,
    /^the secret cannot be opened: encrypted with a key that is not in ENCRYPTION_KEY_FILE/,
  )
})
