// The room that gives versions away, each in one file.
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import type { Projects } from '../projects/projects.ts'
import { Versions } from '../projects/versions/versions.ts'
import type { Opened } from '../room.ts'
import type { Signatures } from '../signing/signatures.ts'
import { Bundles } from './bundles.ts'
import { bundleRoutes } from './routes.ts'

interface BundlesNeeds {
  readonly projects: Projects
  readonly signatures: Signatures
}

export async function openBundles(
  { pool, keys, ownSchema, storage, budget }: Foundation,
  { projects, signatures }: BundlesNeeds,
): Promise<Opened<Bundles>> {
  const versions = new Versions(ownSchema, projects)
  const results = new StoredResults(pool, keys)
  const bundles = new Bundles({ projects, versions, results, signatures, storage, budget })
  return { room: { name: 'bundles', routes: bundleRoutes(bundles) }, api: bundles }
}
