// Bundles of versions: made when they are asked for, and put into the storage for containers that fetch them there.
import { Readable } from 'node:stream'
import { ServiceError } from '../errors.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import type { Project, Version } from '../projects/project.ts'
import type { Projects } from '../projects/projects.ts'
import type { Versions } from '../projects/versions/versions.ts'
import { digestOf } from '../signing/digest.ts'
import type { Signatures } from '../signing/signatures.ts'
import { type Storage, StorageError } from '../storage/storage.ts'
import { BUNDLE_LENGTH_MAX, type BundleFront, bundleFront } from './bundle.ts'
import { bundleKey } from './bundle-objects.ts'

export interface BundlesParts {
  readonly projects: Pick<Projects, 'find'>
  readonly versions: Pick<Versions, 'require'>
  readonly results: StoredResults
  readonly signatures: Pick<Signatures, 'list' | 'requireTrusted'>
  readonly storage: Storage
  readonly budget: MemoryBudget
}

export interface MadeBundle {
  /** Stands for all of it, hexadecimal. */
  readonly sha256: string
  readonly byteLength: number
  readonly fileName: string
  /** All of it. The memory that it holds is let go when the stream is closed. */
  readonly bytes: Readable
}

/** Where a bundle lies in the store. */
export interface StoredBundle {
  readonly key: string
  /** As the store's own clients take it: s3://bucket/key, gs://bucket/key, or https:// for Azure. */
  readonly url: string
  readonly sha256: string
  readonly byteLength: number
}

/** Which version: a plan of a deployment says it too. */
export interface StoredVersion {
  readonly projectId: number
  readonly version: number
}

export class Bundles {
  private readonly parts: BundlesParts

  constructor(parts: BundlesParts) {
    this.parts = parts
  }

  /**
   * The bundle of a version. Its bytes must be read, or destroyed. Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN,
   * VERSION_UNTRUSTED where its artifact is not what it was or must be signed and is not, ARTIFACT_UNUSABLE,
   * MEMORY_EXCEEDED, OVERLOADED. O(bytes), all of which are in memory.
   */
  async make(named: string, number: number): Promise<MadeBundle> {
    const { projects, versions, budget } = this.parts
    const project = await projects.find(named)
    const version = await versions.require(project, number)
    const memory = budget.hold(`the bundle of version ${number}`)
    try {
      memory.take(version.artifactBytes)
      const artifact = await this.artifactOf(version)
      const front = await this.frontOf(project, version)
      const bytes = Readable.from([front.bytes, artifact], { objectMode: false })
      bytes.once('close', () => memory.release())
      return {
        sha256: front.sha256,
        byteLength: front.bytes.length + artifact.length,
        fileName: `${project.name}-${number}.mlwb`,
        bytes,
      }
    } catch (error) {
      memory.release()
      throw error
    }
  }

  /**
   * Puts the bundle of a version into the storage, once, and says where it lies. It stays while a deployment of the version
   * is under way or active. Throws ServiceError as make() does, STORAGE_UNAVAILABLE, and PRESIGN_UNSUPPORTED where others
   * cannot read what is stored.
   */
  async stored({ projectId, version: number }: StoredVersion): Promise<StoredBundle> {
    const { projects, versions, storage } = this.parts
    const project = await projects.find(String(projectId))
    const version = await versions.require(project, number)
    const front = await this.frontOf(project, version)
    const byteLength = front.bytes.length + version.artifactBytes
    const key = bundleKey(version, front.sha256)
    const url = storage.objectUrl?.(key)
    if (url === undefined) {
      throw new ServiceError('PRESIGN_UNSUPPORTED', 'others cannot read the storage: it is a folder, or encrypted')
    }
    await told(async () => {
      if ((await storage.stat(key)) !== undefined) return
      const { bytes } = await this.make(String(projectId), number)
      await storage.put(key, bytes, { byteLengthMax: BUNDLE_LENGTH_MAX })
    })
    return { key, url, sha256: front.sha256, byteLength }
  }

  private async artifactOf({ version, runId, artifactSha256 }: Version): Promise<Uint8Array> {
    const { results, signatures } = this.parts
    const name = `the stored artifact of version ${version} (run ${runId})`
    const { result = null } = (await results.find(runId)) ?? {}
    if (result === null) throw new ServiceError('VERSION_UNTRUSTED', `${name} is gone`)
    const artifact = await results.read(runId, result)
    const sha256 = await digestOf(artifact)
    if (sha256 !== artifactSha256) {
      throw new ServiceError('VERSION_UNTRUSTED', `${name} is ${sha256}; it was ${artifactSha256}`)
    }
    await signatures.requireTrusted(runId, artifact)
    return artifact
  }

  private async frontOf(project: Project, version: Version): Promise<BundleFront> {
    const manifests = await this.parts.signatures.list(version.runId)
    const head = {
      project: { id: project.projectId, name: project.name },
      version: version.version,
      model_run_id: version.runId,
      model_name: version.request.modelName,
      worker_version: version.workerVersion,
      manifests: manifests.map(({ envelope }) => envelope),
    }
    return bundleFront(head, { sha256: version.artifactSha256, byteLength: version.artifactBytes })
  }
}

async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    throw new ServiceError('STORAGE_UNAVAILABLE', error.message, { cause: error })
  }
}
