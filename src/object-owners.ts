// The rooms that store objects: one line each, for the worker and for the command line, so that neither takes an object of
// another room for an orphan.
import { bundleObjects } from './bundles/bundle-objects.ts'
import type { Queryable } from './database/pool.ts'
import { datasetObjects } from './datasets/dataset-objects.ts'
import { ObjectReferences } from './storage-upkeep/object-references.ts'

/** client: of the database with the worker's own schema. */
export function objectOwners(client: Queryable): ObjectReferences {
  const references = new ObjectReferences()
  references.register('datasets', datasetObjects(client))
  references.register('bundles', bundleObjects(client))
  return references
}
