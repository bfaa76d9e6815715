// The audit: every changing call leaves its entry, nobody changes an entry, and who did all the same is found out.
import type pg from 'pg'
import pino from 'pino'
import t, { type Test } from 'tap'
import { appendEntry } from '../../src/audit/audit.ts'
import { createPool, inTransaction } from '../../src/database/pool.ts'
import { bearer, idOf, startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase, type TestDatabase } from '../support/database.ts'
import { idAt } from '../support/logged.ts'
import { createRole } from '../support/roles.ts'
import { dataFolder, gate, heldBy } from '../support/runs.ts'
import { clientOf } from '../support/service.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'

const eventOf = (i: number) => ({
  caller: { actor: `token/${i % 3}`, address: i % 2 === 0 ? '10.0.0.7' : null, requestId: `r-${i}` },
  action: i % 5 === 0 ? 'run.cancel' : 'run.train',
  resource: `run/${i}`,
  after: i % 2 === 0 ? 'ab'.repeat(32) : undefined,
  details: { model: `möd\u2028el "${i}" \ud800`, nested: { list: [1, null, 'x'] } },
})

/** `known`: as --known takes it. */
async function verify(t: Test, { url }: Pick<TestDatabase, 'url'>, known?: string) {
  const args = ['audit', 'verify', ...(known === undefined ? [] : ['--known', known])]
  return runCommandLine(args, { environment: { DATABASE_URL: url, DATA_DIR: await dataFolder(t) } })
}

t.test('every changing call leaves its entry: who, from where, by which request', async (t) => {
  const service = await startGuardedService(t, ['majority', 'held_open'])
  const { admin, adminToken, database, tokenOf } = service
  const { paths } = (await service.get('/openapi.json')).body
  const features = good.features
  const infer = { inputs: [{ name: 'a', shape: [1], datatype: 'FP64', data: [1] }] }
  const finished = await database.insertRun('majority')
  await admin.train('majority', finished, good)
  await database.ended(finished)
  const path = gate(t)
  const held = await database.insertRun('held_open')
  await admin.train('held_open', held, heldBy(path))

  // What each operation is called with, and what it is about.
  interface Drive {
    readonly call: [string, unknown]
    readonly status: number
    /** Absent where it changes nothing, or is refused here. */
    readonly resource?: RegExp
    readonly headers?: Record<string, string>
  }
  /** Trains a version of the project that is driven, once. */
  let driven: Promise<void> | undefined
  const versionOfDriven = (): Promise<void> => {
    driven ??= (async () => {
      const rows = [
        { a: 1, y: 'p' },
        { a: 2, y: 'q' },
      ]
      await admin.post('/api/datasets?name=driven-rows', rows)
      await admin.post('/api/projects/driven/versions', {})
      await until(async () => (await admin.get('/api/projects/driven/versions/1')).status === 200)
    })()
    return driven
  }
  /** By somebody else than who asked for the version. */
  let approved: Promise<void> | undefined
  const approvedOfDriven = (): Promise<void> => {
    approved ??= (async () => {
      await versionOfDriven()
      const reviewer = clientOf(service.service.url, bearer(await tokenOf(['reviewer'])))
      await reviewer.post('/api/projects/driven/versions/1/reviews', { decision: 'approved' })
    })()
    return approved
  }
  /** The path of an environment in which the version is active. */
  const activeOfDriven = async (environment: string): Promise<string> => {
    await approvedOfDriven()
    const place = `/api/projects/driven/environments/${environment}`
    await admin.post(`${place}/deployments`, { version: 1 })
    await until(async () => (await admin.get(`${place}/current`)).status === 200)
    return place
  }
  /** Of a new webhook. */
  const webhookPath = async (): Promise<string> => {
    const { id } = (await admin.post('/api/webhooks', { url: 'https://hooks.invalid/driven' })).body
    return `/api/webhooks/${id}`
  }
  /** Of a new alert that fires. */
  let alertCount = 0
  const alertPath = async (): Promise<string> => {
    const { rows } = await database.owner.query(
      `with s as (
         insert into ml_worker.alert_series (fingerprint, kind) values ($1, 'drift') returning series_id)
       insert into ml_worker.alerts
         (series_id, state, severity, labels, details, window_from, window_to, started_at, fired_at)
       select series_id, 'firing', 'high', '{}', '{}', now(), now(), now(), now() from s returning alert_id`,
      [`driven-${alertCount++}`],
    )
    return `/api/alerts/${rows[0].alert_id}`
  }
  const handled =
    (action: string, body: unknown = {}) =>
    async (): Promise<Drive> => ({
      call: [`${await alertPath()}/${action}`, body],
      status: 200,
      resource: /^alert\/\d+$/,
    })
  /** Of two versions that are approved, the first of which is active in an environment of its own. */
  let experimentCount = 0
  let second: Promise<void> | undefined
  const experimentBody = async () => {
    const environment = `tried-${experimentCount++}`
    await activeOfDriven(environment)
    await admin.put('/api/projects/driven/monitoring', { log: 'all' }, { 'if-match': '*' })
    second ??= (async () => {
      const { version } = await untilVersion()
      const reviewer = clientOf(service.service.url, bearer(await tokenOf(['reviewer'])))
      await reviewer.post(`/api/projects/driven/versions/${version}/reviews`, { decision: 'approved' })
      secondVersion = version
    })()
    await second
    const arms = [
      { name: 'control', version: 1, share: 0.5 },
      { name: 'b', version: secondVersion, share: 0.5 },
    ]
    return { name: environment, environment, arms }
  }
  let secondVersion = 0
  const untilVersion = async (): Promise<{ version: number }> => {
    const { model_run_id: run } = (await admin.post('/api/projects/driven/versions', {})).body
    let version = 0
    await until(async () => {
      const { trainings } = (await admin.get('/api/projects/driven/trainings')).body
      version = trainings.find((each: { model_run_id: number }) => each.model_run_id === run)?.version ?? 0
      return version > 0
    })
    return { version }
  }
  const experimentPath = async (state: 'draft' | 'running' | 'paused' | 'stopped'): Promise<string> => {
    const { id } = (await admin.post('/api/projects/driven/experiments', await experimentBody())).body
    const path = `/api/projects/driven/experiments/${id}`
    if (state !== 'draft') await admin.post(`${path}/start`, {})
    if (state === 'paused') await admin.post(`${path}/pause`, {})
    if (state === 'stopped') await admin.post(`${path}/stop`, { reason: 'driven' })
    return path
  }
  const moved = (path: string, body: object): Drive => ({
    call: [path, body],
    status: 200,
    resource: /^experiment\/\d+$/,
  })
  const inAnHour = { until: new Date(Date.now() + 3_600_000).toISOString() }
  const drives: Record<string, () => Promise<Drive>> = {
    acknowledgeAlert: handled('acknowledge'),
    resolveAlert: handled('resolve'),
    muteAlert: handled('mute', inAnHour),
    unmuteAlert: async () => {
      const path = await alertPath()
      await admin.post(`${path}/mute`, inAnHour)
      return { call: [`${path}/unmute`, {}], status: 200, resource: /^alert\/\d+$/ }
    },
    putAlertRule: async () => ({
      call: ['/api/projects/driven/alert-rules/drift', { severity_at_least: 'high' }],
      status: 200,
      resource: /^project\/\d+\/alert-rule\/drift$/,
    }),
    createToken: async () => ({
      call: ['/api/tokens', { label: 'x', roles: ['client'] }],
      status: 201,
      resource: /^token\/[0-9a-z]{12}$/,
    }),
    revokeToken: async () => {
      const id = idOf(await tokenOf(['client']))
      return { call: [`/api/tokens/${id}/revoke`, ''], status: 200, resource: new RegExp(`^token/${id}$`) }
    },
    train: async () => {
      const run = await database.insertRun('majority')
      const call: [string, unknown] = [`/api/train?model_name=majority&model_run_id=${run}`, good]
      return { call, status: 200, resource: new RegExp(`^run/${run}$`) }
    },
    createRun: async () => ({
      call: ['/api/runs', { model_name: 'majority', ...good }],
      status: 201,
      resource: /^run\/\d+$/,
    }),
    cancelRun: async () => ({
      call: [`/api/runs/${held}/cancel`, ''],
      status: 200,
      resource: new RegExp(`^run/${held}$`),
    }),
    createErasure: async () => ({
      call: ['/api/erasures', { column: 'a', value: 'nobody' }],
      status: 202,
      resource: /^erasure\/\d+$/,
    }),
    createDataset: async () => ({
      call: ['/api/datasets?name=driven', [{ a: 1 }, { a: 2 }]],
      status: 201,
      resource: /^dataset\/\d+$/,
    }),
    // The local store takes no upload but through the worker.
    beginDatasetUpload: async () => ({ call: ['/api/datasets/uploads', { name: 'x', format: 'csv' }], status: 409 }),
    completeDatasetUpload: async () => ({
      call: ['/api/datasets/uploads/00000000-0000-4000-8000-000000000000/complete', ''],
      status: 404,
    }),
    deleteDataset: async () => {
      const { body } = await admin.post('/api/datasets?name=deleted', [{ a: 1 }])
      const { id } = body
      return { call: [`/api/datasets/${id}`, ''], status: 200, resource: new RegExp(`^dataset/${id}$`) }
    },
    createProject: async () => ({
      call: ['/api/projects', { name: 'driven', model_name: 'majority', dataset_name: 'driven-rows', labels: ['y'] }],
      status: 201,
      resource: /^project\/\d+$/,
    }),
    changeProject: async () => ({
      call: ['/api/projects/driven', { owner: 'ada' }],
      status: 200,
      resource: /^project\/\d+$/,
      headers: { 'if-match': '"1"' },
    }),
    archiveProject: async () => {
      await admin.post('/api/projects', { name: 'archived', model_name: 'majority' })
      const headers = { 'if-match': '"1"' }
      return { call: ['/api/projects/archived/archive', ''], status: 200, resource: /^project\/\d+$/, headers }
    },
    trainVersion: async () => {
      await versionOfDriven()
      return { call: ['/api/projects/driven/versions', {}], status: 202, resource: /^project\/\d+$/ }
    },
    // A form without its files: test/interop/imports.test.ts has what is imported.
    importVersion: async () => {
      await versionOfDriven()
      const options = '--form\r\ncontent-disposition: form-data; name="options"\r\n\r\n{}\r\n--form--\r\n'
      const headers = { 'content-type': 'multipart/form-data; boundary=form' }
      return { call: ['/api/projects/driven/versions/imports', options], status: 400, headers }
    },
    reproduceVersion: async () => {
      await versionOfDriven()
      return {
        call: ['/api/projects/driven/versions/1/reproduction', ''],
        status: 202,
        resource: /^project\/\d+\/version\/1$/,
      }
    },
    // No key signs here.
    signVersion: async () => {
      await versionOfDriven()
      return { call: ['/api/projects/driven/versions/1/manifest', ''], status: 501 }
    },
    reviewVersion: async () => {
      await versionOfDriven()
      return {
        call: ['/api/projects/driven/versions/1/reviews', { decision: 'requested' }],
        status: 201,
        resource: /^project\/\d+\/version\/1$/,
      }
    },
    deployVersion: async () => {
      await approvedOfDriven()
      const call: [string, unknown] = ['/api/projects/driven/environments/tried/deployments', { version: 1 }]
      return { call, status: 202, resource: /^deployment\/\d+$/ }
    },
    undeploy: async () => {
      const place = await activeOfDriven('left')
      return { call: [`${place}/current`, ''], status: 200, resource: /^deployment\/\d+$/ }
    },
    rollBackDeployment: async () => {
      const place = await activeOfDriven('restored')
      await admin.delete(`${place}/current`)
      return { call: [`${place}/rollback`, {}], status: 202, resource: /^deployment\/\d+$/ }
    },
    // The local target has one instance.
    scaleDeployment: async () => {
      const place = await activeOfDriven('scaled')
      return { call: [`${place}/scale`, { instances: 2 }], status: 400 }
    },
    pointAlias: async () => {
      await versionOfDriven()
      const resource = /^project\/\d+\/alias\/champion$/
      return { call: ['/api/projects/driven/aliases/champion', { version: 1 }], status: 200, resource }
    },
    removeAlias: async () => {
      const resource = /^project\/\d+\/alias\/champion$/
      return {
        call: ['/api/projects/driven/aliases/champion', ''],
        status: 200,
        resource,
        headers: { 'if-match': '"1"' },
      }
    },
    putMonitoring: async () => ({
      call: ['/api/projects/driven/monitoring', { log: 'all' }],
      status: 200,
      resource: /^project\/\d+$/,
    }),
    createOutcomes: async () => {
      const rows = [{ prediction_id: idAt(Date.now()), outcome: 'a' }]
      return { call: ['/api/projects/driven/outcomes', rows], status: 200, resource: /^project\/\d+$/ }
    },
    detectDrift: async () => {
      const rows = { rows: [{ a: 1 }, { a: 2 }] }
      return { call: ['/api/drift-detections', { baselineData: rows, currentData: rows }], status: 200 }
    },
    beginRetraining: async () => ({
      call: ['/api/projects/driven/retrainings', {}],
      status: 202,
      resource: /^project\/\d+$/,
    }),
    // Nothing is suggested where no look has told of drift.
    dismissRetraining: async () => ({ call: ['/api/projects/driven/retrainings/999/dismiss', {}], status: 404 }),
    putRetrainingPolicy: async () => ({
      call: ['/api/projects/driven/retraining-policy', { on: ['drift'] }],
      status: 200,
      resource: /^project\/\d+$/,
    }),
    createExperiment: async () => ({
      call: ['/api/projects/driven/experiments', await experimentBody()],
      status: 201,
      resource: /^experiment\/\d+$/,
    }),
    changeExperiment: async () => ({
      call: [await experimentPath('draft'), { min_sample_size: 50 }],
      status: 200,
      resource: /^experiment\/\d+$/,
      headers: { 'if-match': '*' },
    }),
    startExperiment: async () => moved(`${await experimentPath('draft')}/start`, {}),
    pauseExperiment: async () => moved(`${await experimentPath('running')}/pause`, {}),
    resumeExperiment: async () => moved(`${await experimentPath('paused')}/resume`, {}),
    stopExperiment: async () => moved(`${await experimentPath('running')}/stop`, { reason: 'driven' }),
    promoteExperiment: async () => moved(`${await experimentPath('stopped')}/promote`, { arm: 'b', note: 'driven' }),
    putDatasetPolicy: async () => ({
      call: ['/api/dataset-policies/driven', { model_name: 'majority' }],
      status: 201,
      resource: /^dataset-policy\/driven$/,
    }),
    deleteDatasetPolicy: async () => {
      await admin.put('/api/dataset-policies/gone', { model_name: 'majority' })
      return { call: ['/api/dataset-policies/gone', ''], status: 200, resource: /^dataset-policy\/gone$/ }
    },
    createWebhook: async () => ({
      call: ['/api/webhooks', { url: 'https://hooks.invalid/driven' }],
      status: 201,
      resource: /^webhook\/\d+$/,
    }),
    changeWebhook: async () => ({
      call: [await webhookPath(), { description: 'driven' }],
      status: 200,
      resource: /^webhook\/\d+$/,
      headers: { 'if-match': '*' },
    }),
    deleteWebhook: async () => ({
      call: [await webhookPath(), ''],
      status: 200,
      resource: /^webhook\/\d+$/,
      headers: { 'if-match': '*' },
    }),
    rotateWebhookSecret: async () => ({
      call: [`${await webhookPath()}/rotate`, {}],
      status: 200,
      resource: /^webhook\/\d+$/,
      headers: { 'if-match': '*' },
    }),
    testWebhook: async () => ({
      call: [`${await webhookPath()}/test`, ''],
      status: 202,
      resource: /^webhook\/\d+$/,
    }),
    redeliver: async () => {
      const path = await webhookPath()
      const { id } = (await admin.post(`${path}/test`, '')).body
      return { call: [`${path}/deliveries/${id}/redeliver`, ''], status: 202, resource: /^webhook\/\d+$/ }
    },
    redeliverDead: async () => ({
      call: ['/api/webhooks/deliveries/redeliver', {}],
      status: 202,
      resource: /^webhook\/all$/,
    }),
    predict: async () => ({ call: [`/api/predict?model_run_id=${finished}`, { features }], status: 200 }),
    infer: async () => ({ call: ['/v2/models/majority/infer', infer], status: 200 }),
    predictByProject: async () => {
      await activeOfDriven('asked')
      return { call: ['/api/projects/driven/predict?environment=asked', { features: [{ a: 1 }] }], status: 200 }
    },
    inferVersion: async () => ({ call: [`/v2/models/majority/versions/${finished}/infer`, infer], status: 200 }),
  }
  for (const operations of Object.values<Record<string, { operationId: string; 'x-audit'?: string }>>(paths)) {
    for (const [method, { operationId, 'x-audit': stated }] of Object.entries(operations)) {
      if (method === 'get') {
        t.equal(stated, undefined, `${operationId} changes nothing`)
        continue
      }
      const drive = drives[operationId]
      if (drive === undefined) {
        t.fail(`${operationId} is not driven here: say how`)
        continue
      }
      const requestId = `drive-${operationId}`
      const { call, status, resource, headers = {} } = await drive()
      const [path, sent] = call
      const body = method === 'delete' ? undefined : sent
      const answer = await admin.request(method.toUpperCase(), path, body, { 'x-request-id': requestId, ...headers })
      t.equal(answer.status, status, `${operationId} is done: ${JSON.stringify(answer.body)}`)
      const events = (await admin.get('/api/audit-events?limit=200')).body
      const found = events.audit_events.filter((event: { request_id: string }) => event.request_id === requestId)
      if (resource === undefined) {
        if (status < 400) t.equal(stated, 'none', operationId)
        t.same(found, [], `${operationId} leaves nothing`)
      } else {
        // A call that trains has an entry for its run, too.
        t.match(
          found.filter(({ action }: { action: string }) => action === stated),
          [{ actor: `token/${idOf(adminToken)}`, address: '127.0.0.1', action: stated, resource }],
          operationId,
        )
      }
    }
  }
  const refused = await admin.post(`/api/runs/${finished}/cancel`, '', { 'x-request-id': 'refused' })
  t.equal(refused.status, 409)
  const { body } = await admin.get('/api/audit-events?action=run.cancel')
  t.notMatch(JSON.stringify(body), 'refused', 'what was not done has no entry')
  t.match(await verify(t, database), { code: 0, out: /^the audit holds: \d+ entries/ })
})

t.test('entries that are written at once from two pools stand in one chain', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  // As a careful administrator may have it.
  const name = new URL(database.url).pathname.slice(1)
  await database.owner.query(`alter database ${name} set default_transaction_isolation = 'repeatable read'`)
  const pools = [0, 1].map(() => createPool(database.url, pino({ level: 'silent' })))
  t.teardown(() => Promise.all(pools.map((pool) => pool.close())))
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => inTransaction(pools[i % 2] as pg.Pool, (tx) => appendEntry(tx, eventOf(i)))),
  )
  t.match(await verify(t, database), { code: 0, out: /^the audit holds: 60 entries; the last is 60:[0-9a-f]{64}\n$/ })
})

t.test('what was changed, taken out, put in, cut off or written anew is found', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const { owner } = database
  const pool = createPool(database.url, pino({ level: 'silent' }))
  t.teardown(() => pool.close())
  await inTransaction(pool, async (tx) => {
    for (let i = 0; i < 30; i++) await appendEntry(tx, eventOf(i))
  })
  const whole = await verify(t, database)
  const [, known] = /the last is (30:[0-9a-f]{64})/.exec(whole.out) ?? []
  await owner.query('create table kept as select * from ml_worker.audit_events')
  await owner.query('alter table ml_worker.audit_events disable trigger user')
  const restore = () =>
    owner.query('delete from ml_worker.audit_events; insert into ml_worker.audit_events select * from kept')
  const set = (column: string, value: string) =>
    `update ml_worker.audit_events set ${column} = ${value} where event_id = 17`
  const tamperings: Record<string, [string, RegExp]> = {
    'another actor': [set('actor', "'token/other'"), /entry 17 was changed/],
    'another time': [set('happened_at', "happened_at + interval '1 millisecond'"), /entry 17 was changed/],
    'no address': [set('address', "'10.0.0.8'"), /entry 17 was changed/],
    'other details': [set('details', `'{"model": "x"}'`), /entry 17 was changed/],
    'another digest': [set('event_digest', "repeat('0', 64)"), /entry 17 was changed/],
    'one out of the middle': ['delete from ml_worker.audit_events where event_id = 17', /entry 18 follows entry 16/],
    'the first': ['delete from ml_worker.audit_events where event_id = 1', /entry 2 follows entry 0/],
    'one out, the rest moved up': [
      `delete from ml_worker.audit_events where event_id = 17;
       update ml_worker.audit_events set event_id = -event_id where event_id > 17;
       update ml_worker.audit_events set event_id = -event_id - 1 where event_id < 0`,
      /entry 17 was not written after entry 16/,
    ],
    'one put in at the end': [
      `insert into ml_worker.audit_events
       select 31, happened_at, actor, address, request_id, action, resource, before_digest, after_digest, details,
         event_digest, event_digest from ml_worker.audit_events where event_id = 30`,
      /entry 31 was changed/,
    ],
  }
  for (const [name, [statement, fault]] of Object.entries(tamperings)) {
    await owner.query(statement)
    t.match(await verify(t, database), { code: 1, err: fault }, name)
    await restore()
  }

  await owner.query('delete from ml_worker.audit_events where event_id > 25')
  t.match(await verify(t, database), { code: 0, out: /holds: 25 entries/ }, 'cut off: the chain alone does not tell')
  t.match(await verify(t, database, known), { code: 1, err: /entry 30 was there once, and the last one now is 25/ })
  await owner.query('delete from ml_worker.audit_events')
  await inTransaction(pool, async (tx) => {
    for (let i = 0; i < 30; i++) await appendEntry(tx, eventOf(i + 1))
  })
  t.match(await verify(t, database), { code: 0 }, 'written anew: the chain alone does not tell')
  t.match(await verify(t, database, known), { code: 1, err: /entry 30 had the digest .* the chain was written anew/ })
  await restore()
  t.match(await verify(t, database, known), { code: 0, out: whole.out })
  t.match(await verify(t, database, '30:abc'), { code: 2, err: /expected NUMBER:DIGEST/ })
})

t.test('the role of the worker may add and read, and even the owner is held off', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const { role, url } = await createRole(t, database)
  const environment = { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) }
  t.equal((await runCommandLine(['migrate', '--grant', role], { environment })).code, 0)
  const pool = createPool(url, pino({ level: 'silent' }))
  t.teardown(() => pool.close())
  await inTransaction(pool, (tx) => appendEntry(tx, eventOf(1)))
  t.equal((await pool.query('select * from ml_worker.audit_events')).rowCount, 1)
  const changes = [
    "update ml_worker.audit_events set actor = 'x'",
    'delete from ml_worker.audit_events',
    'truncate ml_worker.audit_events',
  ]
  for (const change of changes) {
    await t.rejects(pool.query(change), { code: '42501' }, `the role: ${change}`)
    await t.rejects(database.owner.query(change), { message: 'the audit is only added to' }, `the owner: ${change}`)
  }
  await t.rejects(pool.query('alter table ml_worker.audit_events disable trigger user'), { code: '42501' })
  await t.rejects(pool.query('drop trigger audit_events_fixed on ml_worker.audit_events'), { code: '42501' })
})

t.test('the audit is read by filters and in pages, and exported whole', async (t) => {
  const { admin, database } = await startGuardedService(t)
  const pool = createPool(database.url, pino({ level: 'silent' }))
  t.teardown(() => pool.close())
  await inTransaction(pool, async (tx) => {
    for (let i = 0; i < 2_499; i++) await appendEntry(tx, eventOf(i))
  })
  const list = async (query: string) => (await admin.get(`/api/audit-events?${query}`)).body.audit_events
  const exported = async (query = '') => {
    const { status, headers, body } = await admin.get(`/api/audit-events?${query}`, { accept: 'application/x-ndjson' })
    t.equal(status, 200)
    t.match(headers.get('content-type'), /^application\/x-ndjson/)
    return body
      .split('\n')
      .slice(0, -1)
      .map((line: string) => JSON.parse(line))
  }
  const all = await exported()
  // That of the administrator's token is the first of all.
  t.equal(all.length, 2_500)
  t.same(
    all.map(({ event_id }: { event_id: number }) => event_id),
    Array.from({ length: 2_500 }, (_, i) => 2_500 - i),
  )
  t.match(all[0], { details: { nested: { list: [1, null, 'x'] } }, previous_digest: all[1].event_digest })

  const pages: unknown[] = []
  let before = ''
  do {
    const { body } = await admin.get(`/api/audit-events?limit=200&action=run.cancel${before}`)
    pages.push(...body.audit_events)
    before = body.next === undefined ? '' : `&before=${body.next}`
  } while (before !== '')
  t.same(pages, await exported('action=run.cancel'))
  t.equal(pages.length, 500)
  t.equal((await list('actor=token/1&limit=200')).length, 200)
  t.match(await list('resource=run/77'), [{ resource: 'run/77', actor: 'token/2', request_id: 'r-77' }])
  t.same(await list('resource=run/77&actor=token/1'), [])
  const at = all[1_000].happened_at
  const from = await exported(`from=${encodeURIComponent(at)}`)
  const to = await exported(`to=${encodeURIComponent(at)}`)
  t.equal(from.length + to.length, 2_500)
  t.ok(from.every(({ happened_at }: { happened_at: string }) => happened_at >= at))
  t.ok(to.every(({ happened_at }: { happened_at: string }) => happened_at < at))
  for (const far of ['from=0000-01-01T00:00:00Z', 'from=2026-01-01T00:00:00%2B23:59', 'before=9007199254740991']) {
    t.equal((await admin.get(`/api/audit-events?limit=1&${far}`)).status, 200, far)
  }
  for (const bad of [
    'from=yesterday',
    'before=9223372036854775808',
    'before=0',
    'limit=201',
    'actor=%00',
    'x=1',
    'to=2016-12-31T23:59:60Z',
  ]) {
    t.equal((await admin.get(`/api/audit-events?${bad}`)).status, 400, bad)
  }
  t.equal((await admin.get('/api/audit-events', { accept: 'text/csv' })).status, 406)
})
