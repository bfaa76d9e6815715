// The rooms that store objects: one line each, for the worker and for the command line, so that neither takes an object of
// another room for an orphan.
import type { Queryable } from './database/pool.ts'
import { ObjectReferences } from './storage-upkeep/object-references.ts'

/** client: of the database with the worker's own schema. */
export function objectOwners(_client: Queryable): ObjectReferences {
  return new ObjectReferences()
}
