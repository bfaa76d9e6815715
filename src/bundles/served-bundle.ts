// A bundle in the places of what a worker has in its database: the result of a run, its manifests, the names of versions.
import { ServiceError } from '../errors.ts'
import type { NamedRun, VersionNames } from '../inference-protocol/model-versions.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import { digestOf } from '../signing/digest.ts'
import type { TrustedKeys } from '../signing/dsse.ts'
import type { Signatures } from '../signing/signatures.ts'
import { requireVouched } from '../signing/vouching.ts'
import type { BundleHead } from './bundle.ts'
import type { BundleFile } from './bundle-file.ts'

/** The result of the one run that there is. Calls throw ServiceError RUN_UNKNOWN of any other. */
export class BundleResults implements Pick<StoredResults, 'find' | 'read' | 'versions'> {
  private readonly bundle: BundleFile

  constructor(bundle: BundleFile) {
    this.bundle = bundle
  }

  async find(runId: number) {
    const { head, layout } = this.bundle
    if (runId !== head.model_run_id) {
      throw new ServiceError('RUN_UNKNOWN', `this worker has run ${head.model_run_id} alone, and not run ${runId}`)
    }
    const result = { byteLength: layout.artifact.byteLength, isCompressed: false }
    return { modelName: head.model_name, status: 'SUCCESS', result, version: layout.sha256 }
  }

  read(): Promise<Uint8Array<ArrayBuffer>> {
    return this.bundle.readArtifact()
  }

  async versions(runIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(runIds.map((runId) => [runId, this.bundle.layout.sha256]))
  }
}

export interface TrustRules {
  readonly trusted: TrustedKeys
  /** Whether the version must be signed. */
  readonly isRequired: boolean
}

/** Believes the manifests of the bundle that an accepted key has signed. */
export function bundleTrust(
  { project, version, model_run_id: runId, manifests }: BundleHead,
  { trusted, isRequired }: TrustRules,
): Pick<Signatures, 'requireTrusted'> {
  return {
    async requireTrusted(_, artifact) {
      if (!isRequired) return
      const vouched = { projectId: project.id, version, runId, envelopes: manifests }
      requireVouched(vouched, await digestOf(artifact), trusted)
    },
  }
}

/** The project's name, and the number of the version. */
export function bundleNames({
  project,
  version,
  model_run_id: runId,
  model_name: modelName,
}: BundleHead): VersionNames {
  const shownAs = { modelName: project.name, modelVersion: String(version) }
  const requireName = (name: string): void => {
    if (name === project.name) return
    const shown = JSON.stringify(name.slice(0, 255))
    throw new ServiceError('MODEL_VERSION_UNKNOWN', `this worker has project ${project.name} alone, and not ${shown}`)
  }
  return {
    async find(name, asked = shownAs.modelVersion): Promise<NamedRun> {
      requireName(name)
      if (asked === shownAs.modelVersion) return { modelName, runId, shownAs }
      const shown = JSON.stringify(asked.slice(0, 60))
      throw new ServiceError('MODEL_VERSION_UNKNOWN', `this worker has version ${version} alone, and not ${shown}`)
    },
    async list(name) {
      requireName(name)
      return [shownAs.modelVersion]
    },
  }
}
