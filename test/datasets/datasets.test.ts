// Data sets over HTTP: kept, listed, looked at, compared, fetched, deleted.
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const FLOWERS =
  'petal_length,petal_width,species\n1.4,0.2,setosa\n4.7,1.4,versicolor\n6.0,NA,virginica\n4.7,1.4,versicolor\n'
const CSV = { 'content-type': 'text/csv' }

const database = await createOwnDatabase(t)
const running = await startTestService(t, { DATABASE_URL: database.url, MAX_UPLOAD_SIZE_MB: 1 })
const { get, post, service, dataDir } = running
const path = '/api/datasets'

async function send(method: string, url: string, init: RequestInit = {}) {
  const answer = await fetch(service.url + url, { ...init, method })
  const text = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined }
}

/** Objects of the storage, without those that are being written. */
async function objects(): Promise<string[]> {
  const folder = join(dataDir, 'storage')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

t.test('keeps a CSV, and tells what it holds', async (t) => {
  const { status, body } = await post(`${path}?name=flowers&labels=species`, FLOWERS, CSV)
  t.equal(status, 201)
  t.match(body, {
    name: 'flowers',
    version: 1,
    labels: ['species'],
    format: 'csv',
    byte_length: FLOWERS.length,
    sha256: createHash('sha256').update(FLOWERS).digest('hex'),
    rows: 4,
    columns: [
      { name: 'petal_length', kind: 'numeric', missing: 0 },
      { name: 'petal_width', kind: 'numeric', missing: 1 },
      { name: 'species', kind: 'categorical', missing: 0 },
    ],
    created_by: 'anyone',
  })
  t.match((await get(`${path}/${body.id}`)).body, { id: body.id, run_ids: [], run_count: 0 })
  t.same((await get(`${path}/${body.id}/preview?rows=1`)).body, {
    rows: [{ petal_length: 1.4, petal_width: 0.2, species: 'setosa' }],
    total_rows: 4,
  })
  t.match((await get(`${path}/${body.id}/statistics`)).body, {
    rows: 4,
    missing_cells: 1,
    duplicate_rows: { count: 1, is_exact: true },
    columns: [
      { name: 'petal_length', present: 4, numbers: { min: 1.4, max: 6 } },
      { name: 'petal_width', present: 3, marks: 1 },
      { name: 'species', top: [{ value: 'versicolor', count: 2, share: 0.5 }] },
    ],
  })
})

t.test('takes a form with a file, and the next version of a name', async (t) => {
  const form = new FormData()
  form.set('name', 'flowers')
  form.set('description', 'with a ruler')
  form.set('file', new Blob([FLOWERS.replaceAll(',', ';')]), 'flowers.csv')
  const { status, body } = await send('POST', path, { body: form })
  t.equal(status, 201, JSON.stringify(body))
  t.match(body, { name: 'flowers', version: 2, description: 'with a ruler', rows: 4 })
  t.match(body.decisions, [{ code: 'SEPARATOR_FOUND' }])
})

t.test('takes NDJSON, a JSON list and gzip', async (t) => {
  const rows = [{ a: 1, b: 'x' }, { a: 2 }]
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const ndjson = await post(`${path}?name=lines`, lines, { 'content-type': 'application/x-ndjson' })
  t.match(ndjson, {
    status: 201,
    body: { format: 'ndjson', rows: 2, columns: [{ name: 'a' }, { name: 'b', missing: 1 }] },
  })
  const json = await post(`${path}?name=list`, JSON.stringify(rows), { 'content-type': 'application/json' })
  for (const { body } of [ndjson, json]) {
    const content = await get(`${path}/${body.id}/content`)
    t.match(content, { status: 200 })
    t.equal(content.headers.get('content-type'), 'application/octet-stream', 'as the document says')
  }
  t.match(json, { status: 201, body: { format: 'json', rows: 2 } })
})

t.test('refuses what is no table, and keeps nothing of it', async (t) => {
  const before = await objects()
  const faulty: [string, string, string, RegExp][] = [
    ['x', 'a,b\n1\n', 'REQUEST_INVALID', /row 0: expected 2 fields/],
    ['x', 'a,a\n1,2\n', 'REQUEST_INVALID', /twice/],
    ['x', 'a,b\n', 'REQUEST_INVALID', /at least one row/],
    ['x', '', 'BODY_MALFORMED', /no body/],
    ['x', 'a,b\n"1,2\n', 'BODY_MALFORMED', /quote that is not closed at byte/],
    ['.x', FLOWERS, 'REQUEST_INVALID', /name: expected 1 to 200/],
    ['x&labels=nothing', FLOWERS, 'REQUEST_INVALID', /missing column/],
  ]
  for (const [name, body, code, detail] of faulty) {
    const answer = await post(`${path}?name=${name}`, body, CSV)
    t.match(answer.body, { code, detail }, JSON.stringify([name, body]))
  }
  const large = await post(`${path}?name=x`, `a\n${'1\n'.repeat(2 ** 19 + 1)}`, CSV)
  t.match(large, { status: 413, body: { code: 'BODY_TOO_LARGE', detail: /MAX_UPLOAD_SIZE_MB/ } })
  const form = new FormData()
  form.set('name', 'x')
  t.match(await send('POST', path, { body: form }), {
    status: 400,
    body: { code: 'BODY_MALFORMED', detail: /no file/ },
  })
  t.same(await objects(), before)
})

t.test('names rows of faults by their place in the whole file', async (t) => {
  const rows = `${'0123456789,1\n'.repeat(50_000)}1\n`
  const { body } = await post(`${path}?name=long`, `a,b\n${rows}`, CSV)
  t.match(body, { code: 'REQUEST_INVALID', errors: [{ row: 50_000, detail: /expected 2 fields/ }] })
})

t.test('the same Idempotency-Key is the same data set', async (t) => {
  const headers = { ...CSV, 'idempotency-key': 'k1' }
  const first = await post(`${path}?name=keyed`, FLOWERS, headers)
  const again = await post(`${path}?name=keyed`, FLOWERS, headers)
  t.equal(again.body.id, first.body.id)
  const other = await post(`${path}?name=keyed`, `${FLOWERS}1,2,x\n`, headers)
  t.match(other, { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  const both = await Promise.all(
    [1, 2].map(() => post(`${path}?name=twin`, FLOWERS, { ...CSV, 'idempotency-key': 'k2' })),
  )
  t.equal(both[0]?.body.id, both[1]?.body.id, 'at the same time too')
})

t.test('lists in pages, and by filters', async (t) => {
  const { body } = await get(`${path}?limit=2`)
  t.equal(body.datasets.length, 2)
  const rest = await get(`${path}?limit=200&cursor=${body.next}`)
  t.ok(rest.body.datasets.every(({ id }: { id: number }) => id < body.next))
  t.notOk('next' in rest.body)
  const named = await get(`${path}?name=flowers`)
  t.same(
    named.body.datasets.map(({ version }: { version: number }) => version),
    [2, 1],
  )
  const labelled = await get(`${path}?label=species`)
  t.same(
    labelled.body.datasets.map(({ name }: { name: string }) => name),
    ['flowers'],
  )
  t.equal((await get(`${path}?format=ndjson`)).body.datasets.length, 1)
  t.equal((await get(`${path}?bytes_min=1000000`)).body.datasets.length, 0)
  t.equal((await get(`${path}?to=2020-01-01T00:00:00Z`)).body.datasets.length, 0)
})

t.test('gives the bytes, and ranges of them', async (t) => {
  const { body } = await post(`${path}?name=bytes`, FLOWERS, CSV)
  const url = `${path}/${body.id}/content`
  const whole = await send('GET', url)
  t.equal(whole.text, FLOWERS)
  t.equal(whole.headers.get('etag'), `"${body.sha256}"`)
  const part = await send('GET', url, { headers: { range: 'bytes=6-11' } })
  t.match(part, { status: 206, text: FLOWERS.slice(6, 12) })
  t.equal(part.headers.get('content-range'), `bytes 6-11/${FLOWERS.length}`)
  t.equal((await send('GET', url, { headers: { range: 'bytes=-5' } })).text, FLOWERS.slice(-5))
  t.match(await send('GET', url, { headers: { range: 'bytes=9999-' } }), {
    status: 416,
    body: { code: 'RANGE_UNSATISFIABLE' },
  })
  t.match(await send('GET', `${url}?redirect=true`), { status: 409, body: { code: 'PRESIGN_UNSUPPORTED' } })
})

t.test('compares two data sets', async (t) => {
  const numbers = (from: number) => Array.from({ length: 100 }, (_, i) => `${from + (i % 10)},${i % 2 ? 'x' : 'y'},1`)
  const first = await post(`${path}?name=pair`, `a,b,gone\n${numbers(0).join('\n')}\n`, CSV)
  const second = await post(`${path}?name=pair`, `a,b,new\n${numbers(5).join('\n')}\n`, CSV)
  t.match((await get(`${path}/${second.body.id}/comparison?with=${first.body.id}`)).body, {
    rows: { before: 100, after: 100 },
    added: ['new'],
    gone: ['gone'],
    retyped: [],
    shifted: [{ column: 'a', measure: 'standardized_mean_difference', before: 4.5, after: 9.5 }],
    unchanged: 1,
  })
})

t.test('shows a page without scripts', async (t) => {
  const { body } = await post(`${path}?name=page&description=%3Cscript%3E`, FLOWERS, CSV)
  const page = await send('GET', `${path}/${body.id}/report`)
  t.match(page.text, /What stands out/)
  t.notMatch(page.text, /<script/)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'/)
})

t.test('deletes the content, and leaves name, digest and columns', async (t) => {
  const { body } = await post(`${path}?name=short-lived`, FLOWERS, CSV)
  const before = await objects()
  const url = `${path}/${body.id}`
  t.match(await send('DELETE', url), { status: 200, body: { id: body.id, deleted_by: 'anyone' } })
  t.equal((await objects()).length, before.length - 1)
  t.match((await get(url)).body, {
    name: 'short-lived',
    sha256: body.sha256,
    columns: [{ name: 'petal_length' }, {}, {}],
  })
  for (const part of ['preview', 'statistics', 'report', 'content']) {
    t.match(await send('GET', `${url}/${part}`), { status: 409, body: { code: 'DATASET_DELETED' } }, part)
  }
  t.equal((await get(`${path}?name=short-lived`)).body.datasets.length, 0)
  t.equal((await get(`${path}?name=short-lived&deleted=true`)).body.datasets.length, 1)
  const next = await post(`${path}?name=short-lived`, FLOWERS, CSV)
  t.equal(next.body.version, 2, 'a version is never used again')
  const { body: audit } = await get(`/api/audit-events?resource=dataset/${body.id}`)
  t.same(audit.audit_events.map(({ action }: { action: string }) => action).sort(), [
    'dataset.create',
    'dataset.delete',
  ])
})

t.test('tells of what there is none', async (t) => {
  t.match(await get(`${path}/999999`), { status: 404, body: { code: 'DATASET_UNKNOWN' } })
  t.match(await send('DELETE', `${path}/999999`), { status: 404 })
  const upload = await post(`${path}/uploads`, { name: 'x', format: 'csv' })
  t.match(upload, { status: 409, body: { code: 'PRESIGN_UNSUPPORTED', detail: /POST \/api\/datasets/ } })
})
