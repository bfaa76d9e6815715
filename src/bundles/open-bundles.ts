// The room that gives versions away, each in one file.
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import type { ProjectsApi } from '../projects/open-projects.ts'
import type { Opened } from '../room.ts'
import type { Signatures } from '../signing/signatures.ts'
import { Bundles } from './bundles.ts'
import { bundleRoutes } from './routes.ts'

interface BundlesNeeds {
  readonly projects: ProjectsApi
  readonly signatures: Signatures
}

export async function openBundles(
  { pool, keys, storage, budget }: Foundation,
  { projects: { projects, versions }, signatures }: BundlesNeeds,
): Promise<Opened<Bundles>> {
  const results = new StoredResults(pool, keys)
  const bundles = new Bundles({ projects, versions, results, signatures, storage, budget })
  return { room: { name: 'bundles', routes: bundleRoutes(bundles) }, api: bundles }
}
