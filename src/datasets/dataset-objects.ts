// Which stored objects data sets need: an upload that was killed, or a deletion that failed, leaves one that none needs.
import type { Queryable } from '../database/pool.ts'
import type { ObjectOwner } from '../storage-upkeep/object-references.ts'
import { knownKeys } from './datasets-table.ts'

/** Where the objects lie in the storage. Each has a key of its own, so that deleting one takes nothing of another. */
export const KEY_PREFIX = 'datasets/'

/** client: of the database with the worker's own schema. */
export function datasetObjects(client: Queryable): ObjectOwner {
  return { prefix: KEY_PREFIX, inUse: (keys) => knownKeys(client, keys) }
}
