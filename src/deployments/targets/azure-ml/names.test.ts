import t from 'tap'
import type { DeploymentPlan } from '../target.ts'
import { namesOf } from './names.ts'

const SETTINGS = {
  AZURE_ML_SUBSCRIPTION_ID: '11111111-2222-3333-4444-555555555555',
  AZURE_ML_RESOURCE_GROUP: 'models',
  AZURE_ML_WORKSPACE: 'ml',
  AZURE_ML_NAME_PREFIX: 'mlw',
}
const PLAN: DeploymentPlan = {
  deploymentId: 1,
  projectId: 1,
  projectName: 'iris',
  environment: 'production',
  version: 1,
  runId: 1,
  modelName: 'Lasso',
  artifactSha256: '',
  settings: {},
  instances: 1,
}
const AZURE_NAME = /^[a-z](?!.*--)[a-z0-9-]{1,30}[a-z0-9]$/

t.test('names are within the limits of Azure', async (t) => {
  const prefixes = ['a', 'mlw', 'abcdefgh']
  const environments = [
    'e',
    'production',
    'eu-west-1',
    `${'x'.repeat(17)}-y`,
    'z'.repeat(40),
    `a${'-'.repeat(39)}`,
    'a--b',
  ]
  for (const AZURE_ML_NAME_PREFIX of prefixes) {
    for (const environment of environments) {
      for (const id of [1, Number.MAX_SAFE_INTEGER]) {
        const plan = { ...PLAN, environment, projectId: id, deploymentId: id, projectName: `p${'.x'.repeat(49)}` }
        const names = namesOf({ ...SETTINGS, AZURE_ML_NAME_PREFIX }, plan)
        t.match(names.endpoint, AZURE_NAME, names.endpoint)
        t.match(names.deployment, AZURE_NAME, names.deployment)
        t.match(names.model, /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/)
      }
    }
  }
})

t.test('names tell apart projects, environments, workspaces and prefixes', async (t) => {
  const others = [
    namesOf(SETTINGS, PLAN),
    namesOf(SETTINGS, { ...PLAN, projectId: 11 }),
    namesOf(SETTINGS, { ...PLAN, environment: 'productio' }),
    namesOf(SETTINGS, { ...PLAN, environment: `production${'x'.repeat(30)}` }),
    namesOf(SETTINGS, { ...PLAN, environment: `production${'x'.repeat(29)}y` }),
    namesOf({ ...SETTINGS, AZURE_ML_WORKSPACE: 'ml2' }, PLAN),
    namesOf({ ...SETTINGS, AZURE_ML_RESOURCE_GROUP: 'model', AZURE_ML_WORKSPACE: 'sml' }, PLAN),
    namesOf({ ...SETTINGS, AZURE_ML_NAME_PREFIX: 'mlx' }, PLAN),
  ]
  t.equal(new Set(others.map(({ endpoint }) => endpoint)).size, others.length)
  const same = namesOf(
    { ...SETTINGS, AZURE_ML_RESOURCE_GROUP: 'Models' },
    { ...PLAN, projectName: 'renamed', version: 9 },
  )
  t.equal(same.endpoint, others[0]?.endpoint, 'one endpoint, whatever the project is called')
})
