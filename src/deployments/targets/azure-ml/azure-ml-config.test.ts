import t from 'tap'
import { readConfig } from '../../../config.ts'
import { FaultList } from '../../../model/faults.ts'
import { missingOfAzureMl } from './azure-ml-config.ts'
import { checkedSettings } from './deployment-settings.ts'

const WORKSPACE = {
  AZURE_ML_SUBSCRIPTION_ID: 's',
  AZURE_ML_RESOURCE_GROUP: 'g',
  AZURE_ML_WORKSPACE: 'w',
  AZURE_ML_DATASTORE: 'd',
  AZURE_ML_IMAGE: 'i',
}

t.test('what is not set up is told by the names of the settings', async (t) => {
  const missing = (given: Record<string, string>, driver: string) => missingOfAzureMl(readConfig(given, false), driver)
  t.equal(
    missing({}, 'local'),
    'it needs AZURE_ML_SUBSCRIPTION_ID, AZURE_ML_RESOURCE_GROUP, AZURE_ML_WORKSPACE, AZURE_ML_DATASTORE, AZURE_ML_IMAGE, STORAGE_DRIVER=azure',
  )
  t.equal(missing(WORKSPACE, 's3'), 'it needs STORAGE_DRIVER=azure')
  t.equal(missing(WORKSPACE, 'azure'), undefined, 'by a managed identity')
  const application = { ...WORKSPACE, AZURE_CLIENT_SECRET: 'x' }
  t.equal(missing(application, 'azure'), 'it needs AZURE_TENANT_ID, AZURE_CLIENT_ID')
  const federated = { ...WORKSPACE, AZURE_FEDERATED_TOKEN_FILE: 'x', AZURE_TENANT_ID: 't' }
  t.equal(missing(federated, 'azure'), 'it needs AZURE_CLIENT_ID')
  t.equal(missing({ ...application, AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' }, 'azure'), undefined)
})

t.test('settings of a deployment have defaults, and every fault is told', async (t) => {
  const faults = new FaultList()
  t.same(checkedSettings({}, 'Standard_F2s_v2', faults), {
    instance_type: 'Standard_F2s_v2',
    request_timeout_seconds: 60,
    concurrent_requests: 100,
  })
  t.ok(faults.isEmpty)
  checkedSettings({ instance_type: 'a b', request_timeout_seconds: 181, concurrent_requests: 0, nodes: 2 }, 'x', faults)
  t.same(faults.listed.map(({ parameter }) => parameter).toSorted(), [
    'settings.concurrent_requests',
    'settings.instance_type',
    'settings.nodes',
    'settings.request_timeout_seconds',
  ])
})
