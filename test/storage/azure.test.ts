// The driver of Azure Blob Storage against Azurite.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { azureStore } from '../../src/storage/azure-store.ts'
import { RemoteStorage } from '../../src/storage/remote-storage.ts'
import { missing } from '../support/optional-package.ts'
import { presignSuite } from '../support/presign-suite.ts'
import { AZURITE_ACCOUNT, startAzurite } from '../support/storage-servers.ts'
import { storageSuite } from '../support/storage-suite.ts'

const absent = await missing('@azure/storage-blob')
const server = absent === undefined ? await startAzurite(t) : { skip: absent }
const { account: ACCOUNT, key: KEY } = AZURITE_ACCOUNT

async function open(t: Test, isByString = false): Promise<RemoteStorage> {
  const AZURE_STORAGE_ENDPOINT = `${(server as { url: string }).url}/${ACCOUNT}`
  const AZURE_STORAGE_CONTAINER = `container-${randomUUID()}`
  const string = `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${AZURE_STORAGE_ENDPOINT};`
  const { BlobServiceClient } = await import('@azure/storage-blob')
  await BlobServiceClient.fromConnectionString(string).createContainer(AZURE_STORAGE_CONTAINER)
  const parts = { AZURE_STORAGE_ENDPOINT, AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_KEY: KEY }
  const none = { AZURE_STORAGE_ENDPOINT: '', AZURE_STORAGE_ACCOUNT: '', AZURE_STORAGE_KEY: '' }
  const AZURE_STORAGE_CONNECTION_STRING = isByString ? string : ''
  const settings = { AZURE_STORAGE_CONTAINER, AZURE_STORAGE_CONNECTION_STRING, ...(isByString ? none : parts) }
  return new RemoteStorage(await azureStore(settings), { folder: t.testdir() })
}

t.test('the driver of Azure', 'skip' in server ? { skip: server.skip } : {}, async (t) => {
  storageSuite(t, open)
  t.test('by a connection string', async (t) => {
    presignSuite(t, (t) => open(t, true), { isStrict: true, keepsFirst: true, keepsLength: false })
  })
})
