import { registerHooks } from 'node:module'
import t from 'tap'
import { missing } from '../../test/support/optional-package.ts'
import { readConfig } from '../config.ts'
import { openStorage } from './open-storage.ts'

const asked: string[] = []
let areMissing = true
/** As on a machine without the optional packages. */
registerHooks({
  resolve(specifier, context, next) {
    if (!/^@(aws-sdk|azure|google-cloud)\//.test(specifier)) return next(specifier, context)
    asked.push(specifier)
    if (!areMissing) return next(specifier, context)
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' })
  },
})

const SETTINGS = {
  s3: { S3_BUCKET: 'b', S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 's' },
  gcs: { GCS_BUCKET: 'b' },
  azure: { AZURE_STORAGE_CONTAINER: 'c', AZURE_STORAGE_ACCOUNT: 'a', AZURE_STORAGE_KEY: 'a2V5' },
}
const open = (driver: string, more: Record<string, string> = {}) =>
  openStorage(readConfig({ STORAGE_DRIVER: driver, ...more }, false))

t.test('the folder needs no package', async (t) => {
  await open('local')
  t.same(asked, [])
})

t.test('a driver whose packages are missing says in one line which, and what to do', async (t) => {
  for (const [driver, settings] of Object.entries(SETTINGS)) {
    const message = new RegExp(`^STORAGE_DRIVER=${driver} needs packages that are not installed; do: npm install @`)
    await t.rejects(open(driver, settings), { name: 'ConfigError', message }, driver)
  }
})

const PACKAGES = { s3: '@aws-sdk/client-s3', gcs: '@google-cloud/storage', azure: '@azure/storage-blob' }

t.test('a driver is opened without a look at its store', async (t) => {
  areMissing = false
  for (const [driver, settings] of Object.entries(SETTINGS)) {
    const name = PACKAGES[driver as keyof typeof PACKAGES]
    const absent = await missing(name)
    if (absent !== undefined) {
      t.comment(absent)
      continue
    }
    const storage = await open(driver, settings)
    t.type(storage.presignPut, 'function', driver)
  }
})
