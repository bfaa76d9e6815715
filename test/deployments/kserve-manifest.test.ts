// What the worker sends to Kubernetes, and what docs/deployments-kserve.md has an operator apply, is what Kubernetes takes.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { checkedSettings } from '../../src/deployments/targets/kserve/kserve-settings.ts'
import { inferenceService } from '../../src/deployments/targets/kserve/manifest.ts'
import { FaultList } from '../../src/model/faults.ts'
import { root } from '../support/pages.ts'
import { pythonClients } from '../support/python-clients.ts'

const clients = await pythonClients(['kubernetes-validate==1.37.0'])
const options = 'skip' in clients ? { skip: clients.skip } : {}
/** The oldest that is still supported by anybody, and the newest that the package knows. */
const VERSIONS = ['1.30', '1.37']

const plan = {
  deploymentId: 12,
  projectId: 3,
  projectName: 'Iris "Species" 日本',
  environment: 'production',
  version: 2,
  runId: 17,
  modelName: 'iris_species',
  artifactSha256: 'ab'.repeat(32),
  settings: checkedSettings({}, new FaultList()),
  instances: 3,
}
const settings = {
  PUBLIC_URL: 'http://ml-worker.apps.svc:5001',
  KSERVE_IMAGE: 'registry.example.com/ml-worker:1.2.3',
  KSERVE_NAMESPACE: 'models',
  KSERVE_BUNDLES: 'worker',
  KSERVE_TOKEN_SECRET: 'ml-worker-bundles',
  KSERVE_SERVICE_ACCOUNT: 'reader',
  KUBERNETES_API_URL: '',
  KUBERNETES_TOKEN_FILE: '',
  KUBERNETES_CA_FILE: '',
} as const
const manifestWith = (more: object, bundleUrl: string) =>
  inferenceService(plan, { name: 'iris-production-12', settings: { ...settings, ...more }, bundleUrl })

/** KServe's predictor is a PodSpec with some members of its own. */
function podOf({ metadata, spec }: ReturnType<typeof manifestWith>): object {
  const { minReplicas: _least, maxReplicas: _most, ...pod } = spec.predictor
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod }
}

t.test('the pods of a deployment and the example are valid for Kubernetes', options, async (t) => {
  if ('skip' in clients) return
  const example = await readFile(join(root, 'examples/kubernetes/ml-worker-kserve.yaml'), 'utf8')
  const given = {
    'from the worker': JSON.stringify(podOf(manifestWith({}, 'http://ml-worker/api/x'))),
    'without a token': JSON.stringify(podOf(manifestWith({ KSERVE_TOKEN_SECRET: '' }, 'http://ml-worker/api/x'))),
    'from a store': JSON.stringify(podOf(manifestWith({ KSERVE_BUNDLES: 'store' }, 's3://bucket/a/b.mlwb'))),
    example,
  }
  const broken = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [], volume: 1 } })
  for (const version of VERSIONS) {
    const faults = await clients.run('kubernetes_manifests.py', [version], { ...given, broken })
    for (const name of Object.keys(given)) t.same(faults[name], [], `${version}: ${name}`)
    t.equal(faults.broken.length, 1, 'it notices what is no member')
  }
})

t.test('the example names what the page says', async (t) => {
  const page = await readFile(join(root, 'docs/deployments-kserve.md'), 'utf8')
  const example = await readFile(join(root, 'examples/kubernetes/ml-worker-kserve.yaml'), 'utf8')
  for (const name of ['ml-worker-bundles', 'models']) {
    t.match(page, `\`${name}\``)
    t.match(example, `name: ${name}\n`)
  }
})
