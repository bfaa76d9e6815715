// Projects whose deployed version is worse than what their next one will be, and their retrainings.
import { Random } from '../../src/learning/random.ts'
import type { TestDatabase } from './database.ts'
import { logRows } from './logged.ts'
import type { TestClient } from './service.ts'
import { until } from './until.ts'

export interface KindRow {
  readonly a: number
  readonly b: number
  readonly kind: 'high' | 'low'
}

/** Two columns tell the class, the more so the less noise there is. */
export function kindRows(count: number, seed: number, noise: number): KindRow[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => {
    const [a, b] = [random.normal(), random.normal()]
    return { a, b, kind: a + b + noise * random.normal() > 0 ? 'high' : 'low' }
  })
}

export function kindCsv(count: number, seed: number, noise: number): string {
  return `a,b,kind\n${kindRows(count, seed, noise)
    .map(({ a, b, kind }) => `${a},${b},${kind}\n`)
    .join('')}`
}

export async function upload({ post }: TestClient, name: string, rows: string): Promise<number> {
  return (await post(`/api/datasets?name=${name}&labels=kind`, rows, { 'content-type': 'text/csv' })).body.id
}

/** A project whose first version, of noise, is active in production; gives its id. */
export async function deployNoise(client: TestClient, name: string, members: object = {}): Promise<number> {
  const { get, post } = client
  await upload(client, name, kindCsv(60, 1, 40))
  const content = { name, model_name: 'gaussian_naive_bayes', dataset_name: name, validation_split: 0.2, ...members }
  const { id } = (await post('/api/projects', content)).body
  await post(`/api/projects/${name}/versions`, {})
  await until(async () => (await get(`/api/projects/${name}/versions/1`)).status === 200)
  await approve(client, name, 1)
  await post(`/api/projects/${name}/environments/production/deployments`, { version: 1 })
  await until(async () => (await activeIn(client, name)) === 1)
  return id
}

export async function approve({ post }: TestClient, name: string, version: number): Promise<void> {
  const { status, body } = await post(`/api/projects/${name}/versions/${version}/reviews`, { decision: 'approved' })
  if (status !== 201) throw new Error(JSON.stringify(body))
}

export async function activeIn({ get }: TestClient, name: string, environment = 'production'): Promise<number> {
  return (await get(`/api/projects/${name}/environments/${environment}/current`)).body.version
}

/** The retraining once it has the state; one that ends otherwise is given, too. */
export async function retrainingIn({ get }: TestClient, name: string, id: number, state = 'ended') {
  const find = async () => (await get(`/api/projects/${name}/retrainings/${id}`)).body
  const isThere = async () => [state, 'ended'].includes((await find()).state)
  // Trainings take their time on a machine that is busy.
  await until(async () => !['collecting', 'training'].includes((await find()).state) || (await isThere()))
  await until(isThere)
  return find()
}

/** Logs rows as version 1 predicted them, a second apart up to `until`, and tells what was true of each; gives their ids. */
export async function logKinds(
  client: TestClient,
  database: Pick<TestDatabase, 'owner'>,
  { name, projectId, version = 1 }: { readonly name: string; readonly projectId: number; readonly version?: number },
  rows: readonly KindRow[],
  { until: end = Date.now(), weight = 1 }: { readonly until?: number; readonly weight?: number } = {},
): Promise<string[]> {
  const logged = rows.map(({ a, b }, i) => {
    return { at: end - 1000 * (rows.length - i), answer: 0, confidence: 0.9, weight, features: [a, b] }
  })
  const ids = await logRows(database, { projectId, version }, logged)
  const outcomes = ids.map((prediction_id, i) => ({ prediction_id, outcome: rows[i]?.kind }))
  const { status, body } = await client.post(`/api/projects/${name}/outcomes`, outcomes)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return ids
}

/** Predicts rows, tells what was true of them, and waits until the log has them; gives their ids. */
export async function predictKinds(
  { post }: Pick<TestClient, 'post'>,
  { owner }: Pick<TestDatabase, 'owner'>,
  name: string,
  rows: readonly KindRow[],
): Promise<string[]> {
  const features = rows.map(({ a, b }) => ({ a, b }))
  const { body } = await post(`/api/projects/${name}/predict`, { features })
  const ids: string[] = body.prediction_ids
  const outcomes = ids.map((prediction_id, i) => ({ prediction_id, outcome: rows[i]?.kind }))
  const { status } = await post(`/api/projects/${name}/outcomes`, outcomes)
  if (status !== 200) throw new Error(`outcomes: ${status}`)
  await until(async () => {
    const { rows: found } = await owner.query<{ n: number }>(
      'select count(*)::int as n from ml_worker.predictions where prediction_id = any($1)',
      [ids],
    )
    return found[0]?.n === ids.length
  })
  return ids
}

/** The rows of a data set of NDJSON, in its order. */
export async function linesOf({ get }: Pick<TestClient, 'get'>, datasetId: number): Promise<Record<string, unknown>[]> {
  const text = String((await get(`/api/datasets/${datasetId}/content`)).body).trim()
  return text.split('\n').map((line) => JSON.parse(line))
}
