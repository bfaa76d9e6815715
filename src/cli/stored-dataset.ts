// The rows of a data set that a worker keeps, in place of those of a file.
import { buffer } from 'node:stream/consumers'
import { ConfigError, readConfig } from '../config.ts'
import type { Queryable } from '../database/pool.ts'
import type { Dataset } from '../datasets/dataset.ts'
import { findDataset, listDatasets } from '../datasets/datasets-table.ts'
import { EncryptionKeyError, readKeys } from '../encryption/key-file.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import { DIALECT_PART_NAMES } from '../rows/rows-query.ts'
import { EncryptedStorage, sealingFolder } from '../storage/encrypted-storage.ts'
import { openStorage } from '../storage/open-storage.ts'
import { StorageError } from '../storage/storage.ts'
import { type Arguments, CommandError, UsageError } from './command.ts'
import { dialectOf } from './csv-options.ts'
import { type DataFile, dataFileOf, readDataFile } from './data-file.ts'
import { withOwnDatabase } from './own-database.ts'

export const DATASET_OPTION = { dataset: { type: 'string' } } as const

export const DATASET_DETAILS: readonly string[] = [
  '  --dataset ID|NAME      in place of a file: a data set of the worker, by its id, or the newest version of a name. It says',
  '                         itself how it is written. OWN_DATABASE_URL or DATABASE_URL and the storage are as the worker has them',
]

/** Rows, how they are written, and what the data set says of its labels. */
export interface NamedRows extends DataFile {
  readonly dialect: CsvDialect
  /** Undefined of a file. */
  readonly dataset: Pick<Dataset, 'datasetId' | 'labels'> | undefined
}

/** The rows that --data or --dataset names. Throws UsageError and CommandError. */
export async function readNamedRows(values: Arguments['values'], file = values['data']): Promise<NamedRows> {
  const named = values['dataset'] as string | undefined
  if (named === undefined) {
    const data = await readDataFile(file as string | undefined, values['data-format'] as string | undefined)
    return { ...data, dialect: dialectOf(values, data.form), dataset: undefined }
  }
  if (file !== undefined) throw new UsageError('--dataset stands in place of a file: name one of them')
  for (const name of ['data-format', ...DIALECT_PART_NAMES]) {
    if (values[name] !== undefined) throw new UsageError(`--${name}: a data set says itself how it is written`)
  }
  const dataset = await withOwnDatabase((pool) => find(pool, named))
  const { form, dialect, storageKey } = dataset
  const data = dataFileOf(await readObject(storageKey), form, `data set ${dataset.datasetId}`)
  return { ...data, dialect, dataset }
}

async function find(client: Queryable, named: string): Promise<Dataset & { readonly storageKey: string }> {
  const isId = /^\d{1,15}$/.test(named)
  const [found] = isId
    ? [await findDataset(client, Number(named))]
    : await listDatasets(client, { name: named, isDeletedShown: false }, 1)
  const shown = isId ? named : JSON.stringify(named)
  if (found === undefined) throw new CommandError(`--dataset: there is no data set ${shown}`)
  const { storageKey } = found
  if (storageKey === null) throw new CommandError(`--dataset: the content of data set ${shown} is deleted`)
  return { ...found, storageKey }
}

async function readObject(key: string): Promise<Buffer> {
  try {
    const config = readConfig()
    const { keys } = await readKeys(config.ENCRYPTION_KEY_FILE)
    const driver = await openStorage(config)
    const storage = new EncryptedStorage({ driver, keys, folder: sealingFolder(config) })
    return await buffer(await storage.get(key))
  } catch (error) {
    const isExpected =
      error instanceof StorageError || error instanceof ConfigError || error instanceof EncryptionKeyError
    if (isExpected) throw new CommandError(`--dataset: ${error.message}`, { cause: error })
    throw error
  }
}
