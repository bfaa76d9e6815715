// Settings of the storage, and which of them a driver needs.
import { Type } from '@sinclair/typebox'
import { count } from '../config-values.ts'
import { PRESIGN_SECONDS_MAX } from './storage.ts'

const URL_PATTERN = '^$|^https?://[^\\s/]+'

const text = (description: string) => Type.String({ default: '', description })
const url = (description: string) => Type.String({ default: '', pattern: URL_PATTERN, description })

export const storageConfig = {
  STORAGE_DRIVER: Type.Unsafe<'local' | 's3' | 'gcs' | 'azure'>({
    type: 'string',
    enum: ['local', 's3', 'gcs', 'azure'],
    default: 'local',
    description: 'Where objects are stored: local is a folder, s3 also what speaks its language, such as MinIO',
  }),
  LOCAL_STORAGE_DIR: text('Folder of the stored objects, with STORAGE_DRIVER=local. Empty: storage in DATA_DIR'),
  S3_ENDPOINT: url("Address of the S3 store, as https://host:port. Empty: AWS's own"),
  S3_PUBLIC_ENDPOINT: url('Address of the S3 store in URLs that are given to callers. Empty: S3_ENDPOINT'),
  S3_REGION: Type.String({ default: 'us-east-1', minLength: 1, description: 'Region of the S3 store' }),
  S3_BUCKET: text("Bucket of S3, the worker's alone"),
  S3_ACCESS_KEY: text("Name of the access key of S3. Empty, with S3_SECRET_KEY: what AWS's SDK finds"),
  S3_ACCESS_KEY_FILE: text('A file that holds what S3_ACCESS_KEY would'),
  S3_SECRET_KEY: text('Secret of the access key of S3'),
  S3_SECRET_KEY_FILE: text('A file that holds what S3_SECRET_KEY would'),
  GCS_BUCKET: text("Bucket of Google Cloud Storage, the worker's alone"),
  GCS_CREDENTIALS_FILE: text("Key file of a service account, as JSON. Empty: what Google's SDK finds"),
  GCS_ENDPOINT: url(
    "Address in place of Google's, such as an emulator's: without GCS_CREDENTIALS_FILE it is not logged in to",
  ),
  AZURE_STORAGE_CONTAINER: text("Container of Azure Blob Storage, the worker's alone"),
  AZURE_STORAGE_ACCOUNT: text('Storage account of Azure'),
  AZURE_STORAGE_KEY: text('Key of the storage account'),
  AZURE_STORAGE_KEY_FILE: text('A file that holds what AZURE_STORAGE_KEY would'),
  AZURE_STORAGE_CONNECTION_STRING: text('In place of account, key and endpoint'),
  AZURE_STORAGE_CONNECTION_STRING_FILE: text('A file that holds what AZURE_STORAGE_CONNECTION_STRING would'),
  AZURE_STORAGE_ENDPOINT: url("Address in place of the account's own, https://ACCOUNT.blob.core.windows.net"),
  URL_EXPIRE_SECONDS: count({
    default: 3600,
    maximum: PRESIGN_SECONDS_MAX,
    description: 'How long a caller can use a URL of the store, in seconds',
  }),
  MAX_UPLOAD_SIZE_MB: count({
    default: 200,
    maximum: 65_536,
    description: 'Largest file that a caller may upload, in MiB',
  }),
}

/** Settings that may stand in a file, NAME_FILE. */
export const STORAGE_SECRETS = [
  'S3_ACCESS_KEY',
  'S3_SECRET_KEY',
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_CONNECTION_STRING',
] as const

/** What of the environment logs in to a store, by whatever name an SDK reads it. */
export const STORAGE_SECRET_VARIABLES =
  /^(S3_(ACCESS|SECRET)_KEY(_FILE)?|AZURE_STORAGE_(KEY|CONNECTION_STRING)(_FILE)?|AZURE_(CLIENT_SECRET|PASSWORD|STORAGE_SAS_TOKEN)|GCS_CREDENTIALS_FILE|GOOGLE_APPLICATION_CREDENTIALS|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|WEB_IDENTITY_TOKEN_FILE|SHARED_CREDENTIALS_FILE|CONTAINER_\w+))$/

type Given = Readonly<Record<string, unknown>>

/** What the driver lacks, one line each. */
export function faultsOfStorage(given: Given): string[] {
  const faults: string[] = []
  const driver = given['STORAGE_DRIVER'] as string
  const has = (name: string): boolean => given[name] !== ''
  const needs = (...names: string[]): void => {
    for (const name of names) if (!has(name)) faults.push(`${name} is missing: STORAGE_DRIVER=${driver} needs it`)
  }
  if (driver === 's3') {
    needs('S3_BUCKET')
    if (has('S3_ACCESS_KEY') !== has('S3_SECRET_KEY')) needs('S3_ACCESS_KEY', 'S3_SECRET_KEY')
  }
  if (driver === 'gcs') needs('GCS_BUCKET')
  if (driver === 'azure') {
    needs('AZURE_STORAGE_CONTAINER')
    const others = ['AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_KEY']
    if (!has('AZURE_STORAGE_CONNECTION_STRING')) needs(...others)
    else if ([...others, 'AZURE_STORAGE_ENDPOINT'].some(has)) {
      faults.push('AZURE_STORAGE_CONNECTION_STRING says account, key and endpoint: expected it alone')
    }
  }
  return faults
}
