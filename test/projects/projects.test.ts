// Projects over HTTP: made, found, changed by one of two at a time, archived; and aliases with all that they pointed to.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const database = await createOwnDatabase(t)
await database.registerModel('forest')
const { get, post, request } = await startTestService(t, { DATABASE_URL: database.url })

const IRIS = {
  name: 'iris',
  description: 'which species',
  task: 'classification',
  owner: 'ada',
  tags: ['demo', 'flowers', 'demo'],
  model_name: 'forest',
  parameters: { n_estimators: 10 },
  dataset_name: 'iris',
  labels: ['species'],
  validation_split: 0.25,
  metric: 'validation_accuracy',
}

t.test('a project is made, found by name and by id, and answers what was said', async (t) => {
  const made = await post('/api/projects', IRIS)
  t.equal(made.status, 201, JSON.stringify(made.body))
  t.equal(made.headers.get('etag'), '"1"')
  t.equal(made.headers.get('location'), '/api/projects/iris')
  const { validation_split, ...said } = IRIS
  const { created_at, changed_at, ...shown } = made.body
  t.match(shown, {
    ...said,
    tags: ['demo', 'flowers'],
    features: [],
    options: { validation_split },
    revision: 1,
    status: 'active',
    versions: 0,
    created_by: 'anyone',
  })
  t.equal(created_at, changed_at)
  t.same((await get('/api/projects/iris')).body, made.body)
  t.same((await get(`/api/projects/${made.body.id}`)).body, made.body)
  t.match(await post('/api/projects', IRIS), { status: 409, body: { code: 'PROJECT_EXISTS' } })
})

t.test('every fault of a body is named, and nothing is made', async (t) => {
  const { status, body } = await post('/api/projects', {
    name: 'Iris!',
    task: 'guessing',
    tags: [''],
    parameters: [],
    nonsense: 1,
  })
  t.equal(status, 400)
  t.same(
    body.errors.map(({ parameter }: { parameter: string }) => parameter).sort(),
    ['model_name', 'name', 'nonsense', 'parameters', 'tags.0', 'task'].sort(),
  )
  t.equal((await get('/api/projects?name=Iris!')).body.projects.length, 0)
  t.match(await get('/api/projects/nobody'), { status: 404, body: { code: 'PROJECT_UNKNOWN' } })
})

t.test('what no training could be made with is refused at once, every fault', async (t) => {
  const rows = 'a,b,kind\n1,2,x\n3,4,y\n'
  await post('/api/datasets?name=few&labels=kind', rows, { 'content-type': 'text/csv' })
  const faultsOf = async (members: object) => {
    const { status, body } = await post('/api/projects', { name: 'faulty', model_name: 'forest', ...members })
    t.equal(status, 400)
    return body.errors.map((fault: { parameter?: string; in: string; column?: string }) =>
      [fault.parameter ?? fault.in, fault.column].filter(Boolean).join(' '),
    )
  }
  t.same(await faultsOf({ model_name: 'florest' }), ['model_name'])
  const wrong = {
    parameters: { n_estimators: 0, trees: 3 },
    cross_validation: 1,
    metric: 'rmse',
    dataset_name: 'few',
    labels: ['kinds'],
    features: ['a', 'c'],
    weights: 'w',
  }
  t.same(
    (await faultsOf(wrong)).sort(),
    ['n_estimators', 'trees', 'cross_validation', 'metric', 'labels kinds', 'features c', 'weights w'].sort(),
  )
  t.same(await faultsOf({ dataset_name: 'few', features: ['a', 'kind'] }), ['features kind'])
  for (const metric of ['accuracy', 'validation_log_loss', 'cv_f1_macro', 'kind.accuracy', 'validation_kind.roc_auc']) {
    t.equal(
      (await post('/api/projects', { name: `by-${metric.replace(/\W/g, '-')}`, model_name: 'forest', metric })).status,
      201,
    )
  }
  const path = '/api/projects/by-accuracy'
  const change = (members: object) => request('PATCH', path, members, { 'if-match': '"1"' })
  t.match(await change({ metric: 'rmse', parameters: { trees: 3 } }), { status: 400, body: { errors: { length: 2 } } })
  t.match(await change({ owner: 'ada' }), { status: 200, body: { revision: 2 } })
})

t.test('a change names the revision that it was made from', async (t) => {
  const change = (members: unknown, ifMatch?: string) =>
    request('PATCH', '/api/projects/iris', members, ifMatch === undefined ? {} : { 'if-match': ifMatch })
  t.match(await change({ owner: 'bo' }), { status: 428, body: { code: 'PRECONDITION_REQUIRED', detail: /"1" now/ } })
  t.match(await change({ owner: 'bo' }, '"2"'), { status: 412, body: { code: 'PRECONDITION_FAILED' } })
  t.match(await change({ owner: 'bo' }, '1'), { status: 412, body: { detail: /an entity tag has quotes around it$/ } })
  t.match(await change({ owner: 'bo' }, 'W/"1"'), { status: 412 }, 'a weak tag matches nothing')
  const changed = await change({ owner: 'bo', task: null, description: '', labels: [], split_seed: 7 }, '"1"')
  t.match(changed, { status: 200, body: { owner: 'bo', task: 'classification', labels: [], revision: 2 } })
  t.same(changed.body.options, { validation_split: 0.25, split_seed: 7 })
  t.notOk('description' in changed.body, 'an empty text takes it away')
  t.equal(changed.headers.get('etag'), '"2"')
  t.match(await change({ model_name: '' }, '"2"'), { status: 400 })
  t.match((await get('/api/projects/iris')).body, { revision: 2 })
})

t.test('an option is taken away by what says none', async (t) => {
  const { status, body } = await post('/api/projects', { name: 'none', model_name: 'forest', validation_split: 0 })
  t.equal(status, 201)
  t.same(body.options, {})
  const change = async (members: object, revision: number) =>
    (await request('PATCH', '/api/projects/none', members, { 'if-match': `"${revision}"` })).body
  const options = { validation_split: 0.25, cross_validation: 3, calibration: 'sigmoid', threshold: 0.4, weights: 'w' }
  t.same((await change(options, 1)).options, options)
  const same = await change({ validation_split: null, weights: null, threshold: 0.4 }, 2)
  t.match(same, { options, revision: 2 }, 'null says nothing, and nothing is changed')
  const none = { validation_split: 0, cross_validation: 0, calibration: '', threshold: {}, weights: '' }
  t.same((await change(none, 2)).options, {})
  t.match(await change({ validation_split: 1.2 }, 3), {
    code: 'REQUEST_INVALID',
    errors: [{ in: 'body', parameter: 'validation_split' }],
  })
})

t.test('of two changes of one revision one is made', async (t) => {
  const changes = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      request('PATCH', '/api/projects/iris', { owner: `owner ${i}` }, { 'if-match': '"2"' }),
    ),
  )
  t.same(changes.map(({ status }) => status).sort(), [200, 412, 412, 412, 412, 412])
  const { body } = await get('/api/projects/iris')
  t.equal(body.revision, 3)
  t.equal(changes.find(({ status }) => status === 200)?.body.owner, body.owner)
})

t.test('lists in pages, with filters', async (t) => {
  for (let i = 0; i < 5; i++) {
    const tags = i % 2 === 0 ? ['even'] : ['odd']
    const made = await post('/api/projects', { name: `listed-${i}`, model_name: 'forest', owner: 'eve', tags })
    t.equal(made.status, 201)
  }
  const names: string[] = []
  let path: string | undefined = '/api/projects?owner=eve&limit=2'
  while (path !== undefined) {
    const { body } = await get(path)
    names.push(...body.projects.map(({ name }: { name: string }) => name))
    path = body.next === undefined ? undefined : `/api/projects?owner=eve&limit=2&before=${body.next}`
  }
  t.same(names, ['listed-4', 'listed-3', 'listed-2', 'listed-1', 'listed-0'])
  t.equal((await get('/api/projects?tag=odd')).body.projects.length, 2)
  t.equal((await get('/api/projects?task=regression')).body.projects.length, 0)
  t.match(await get('/api/projects?task=guessing'), { status: 400 })
})

t.test('an archived project is read and not changed, and its name is free', async (t) => {
  const archive = (tag: string) => request('POST', '/api/projects/listed-0/archive', '', { 'if-match': tag })
  t.match(await archive('"9"'), { status: 412 })
  const archived = await archive('"1"')
  t.match(archived, { status: 200, body: { status: 'archived', revision: 2, archived_by: 'anyone' } })
  t.match(await archive('"2"'), { status: 409, body: { code: 'PROJECT_ARCHIVED' } })
  for (const [method, path] of [
    ['PATCH', ''],
    ['PUT', '/aliases/champion'],
    ['POST', '/versions'],
    ['POST', '/versions/1/reproduction'],
  ] as const) {
    const body = method === 'PUT' ? { version: 1 } : {}
    const answer = await request(method, `/api/projects/listed-0${path}`, body, { 'if-match': '"2"' })
    t.match(answer, { status: 409, body: { code: 'PROJECT_ARCHIVED' } }, path)
  }
  t.match((await get('/api/projects/listed-0')).body, { status: 'archived' })
  t.notOk(
    (await get('/api/projects?owner=eve')).body.projects.some(({ name }: { name: string }) => name === 'listed-0'),
  )
  t.equal((await get('/api/projects?status=archived')).body.projects.length, 1)
  const again = await post('/api/projects', { name: 'listed-0', model_name: 'forest' })
  t.equal(again.status, 201)
  t.equal((await get('/api/projects/listed-0')).body.id, again.body.id, 'the name is that of the active one')
  t.equal((await get(`/api/projects/${archived.body.id}`)).body.status, 'archived', 'the other is there by its id')
})
