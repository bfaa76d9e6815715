// A project with versions that may be deployed, and deployments of them to the end.
import type { TestClient } from './service.ts'
import { until } from './until.ts'

const KINDS = Array.from({ length: 60 }, (_, i) => ({ a: i, b: (i * 7) % 5, kind: i % 11 < 6 ? 'low' : 'high' }))
const CSV = `a,b,kind\n${KINDS.map(({ a, b, kind }) => `${a},${b},${kind}\n`).join('')}`

/** Rows that its versions predict. */
export const features = KINDS.slice(0, 3).map(({ a, b }) => ({ a, b }))

export interface DeployableProject {
  readonly name: string
  /** Its versions, in order, with their runs. */
  readonly versions: readonly { readonly version: number; readonly run: number }[]
}

/**
 * A project whose versions are trained, one of each model class, and approved: with REVIEW_SELF=allow, by who asked for them.
 * csv: rows with the label `kind`. content: of the project.
 */
export async function deployableProject(
  client: TestClient,
  name: string,
  models: readonly string[],
  { csv = CSV, content = {} }: { readonly csv?: string; readonly content?: object } = {},
): Promise<DeployableProject> {
  await must(client.post(`/api/datasets?name=${name}&labels=kind`, csv, { 'content-type': 'text/csv' }), 201)
  await must(client.post('/api/projects', { name, model_name: models[0], dataset_name: name, ...content }), 201)
  const versions: { version: number; run: number }[] = []
  for (const model of models) {
    const { model_run_id: run } = await must(client.post(`/api/projects/${name}/versions`, { model_name: model }), 202)
    let version: number | undefined
    await until(async () => {
      const { trainings } = await must(client.get(`/api/projects/${name}/trainings`), 200)
      const training = trainings.find((each: { model_run_id: number }) => each.model_run_id === run)
      if (training.state === 'failed') throw new Error(training.reason)
      version = training.version
      return version !== undefined
    })
    await must(client.post(`/api/projects/${name}/versions/${version}/reviews`, { decision: 'approved' }), 201)
    versions.push({ version: version as number, run })
  }
  return { name, versions }
}

/** Asks for a version to be deployed, and gives the deployment. */
export async function askFor(
  client: TestClient,
  project: string,
  version: number,
  environment = 'production',
): Promise<number> {
  const { id } = await must(client.post(pathOf(project, environment), { version }), 202)
  return id
}

/** Deploys a version, and gives the deployment once it is active. */
export async function deploy(
  client: TestClient,
  project: string,
  version: number,
  environment = 'production',
): Promise<number> {
  const id = await askFor(client, project, version, environment)
  await until(async () => {
    const { status, reason } = await must(client.get(`${pathOf(project, environment)}/${id}`), 200)
    if (['failed', 'cancelled'].includes(status)) throw new Error(`${status}: ${reason}`)
    return status !== 'pending' && status !== 'deploying'
  })
  return id
}

function pathOf(project: string, environment: string): string {
  return `/api/projects/${project}/environments/${environment}/deployments`
}

/** The body of an answer that has the status. Throws what it is otherwise. */
async function must(answer: ReturnType<TestClient['get']>, expected: number) {
  const { status, body } = await answer
  if (status !== expected) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}
