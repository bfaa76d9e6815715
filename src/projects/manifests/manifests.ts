// Manifests of versions as routes give, check and sign them.
import type { Audit } from '../../audit/audit.ts'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import { ServiceError } from '../../errors.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import type { ManifestContent } from '../../signing/manifest.ts'
import type { Signatures } from '../../signing/signatures.ts'
import type { VerifiedVersion } from '../../signing/vouching.ts'
import type { Project, Version } from '../project.ts'
import type { Projects } from '../projects.ts'
import { lockProject } from '../projects-table.ts'
import { factsOfArtifact } from '../versions/artifact-front.ts'
import type { Versions } from '../versions/versions.ts'
import { manifestOf } from './manifest-of.ts'

export interface ManifestsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Projects
  readonly versions: Versions
  readonly results: StoredResults
  readonly signatures: Signatures
}

export class Manifests {
  private readonly parts: ManifestsParts

  constructor(parts: ManifestsParts) {
    this.parts = parts
  }

  /** The newest envelope, as it is stored. Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN, MANIFEST_UNKNOWN. */
  async find(named: string, version: number): Promise<string> {
    const { runId } = await this.parts.versions.find(named, version)
    const [newest] = await this.parts.signatures.list(runId)
    if (newest !== undefined) return newest.envelope
    throw new ServiceError('MANIFEST_UNKNOWN', `version ${version} has no signed manifest`)
  }

  /**
   * Whether an accepted key vouches for all that is known of the version, and its stored artifact is the one that was signed: to
   * be asked before it is deployed. Throws ServiceError VERSION_UNTRUSTED, and what stands against its run. O(bytes of the
   * artifact).
   */
  async verifyVersion(named: string, version: number): Promise<VerifiedVersion> {
    const project = await this.parts.projects.find(named)
    const found = await this.parts.versions.require(project, version)
    const verified = await this.parts.signatures.verifyVersion(await this.manifestOf(project, found))
    await this.requireArtifact(found)
    return verified
  }

  /**
   * Signs a version that the present key has not signed yet, where its stored artifact still is what it was; gives the
   * envelope. Again it changes nothing. Throws ServiceError SIGNING_OFF, VERSION_UNTRUSTED, PROJECT_UNKNOWN,
   * VERSION_UNKNOWN.
   */
  async sign(named: string, version: number, caller: Caller): Promise<string> {
    const { ownSchema, audit, projects, versions, signatures } = this.parts
    const { signerId } = signatures
    const project = await projects.find(named)
    const found = await versions.require(project, version)
    if (signerId === undefined) throw new ServiceError('SIGNING_OFF', 'no key signs: SIGNING_KEY_FILE is not set')
    await this.requireArtifact(found)
    const content = await this.manifestOf(project, found)
    await inTransaction(ownSchema.pool, async (tx) => {
      // Two that sign at once come one after the other.
      await lockProject(tx, project.projectId)
      if ((await signatures.list(found.runId, tx)).some(({ keyId }) => keyId === signerId)) return
      await signatures.sign(tx, content, caller.actor)
      await audit.append(tx, {
        caller,
        action: 'version.sign',
        resource: `project/${project.projectId}/version/${version}`,
        after: found.artifactSha256,
        details: { run: found.runId, key: signerId },
      })
    })
    return this.find(named, version)
  }

  private async manifestOf(project: Project, version: Version): Promise<ManifestContent> {
    const { columns } = await factsOfArtifact(this.parts.results, version.runId)
    return manifestOf(project, version, columns)
  }

  private async requireArtifact({
    version,
    runId,
    artifactSha256,
  }: {
    readonly version: number
    readonly runId: number
    readonly artifactSha256: string
  }): Promise<void> {
    const { results } = this.parts
    const { result = null } = (await results.find(runId)) ?? {}
    const name = `the stored artifact of version ${version} (run ${runId})`
    if (result === null) throw new ServiceError('VERSION_UNTRUSTED', `${name} is gone`)
    const { sha256 } = await results.digest(runId, result)
    if (sha256 === artifactSha256) return
    throw new ServiceError('VERSION_UNTRUSTED', `${name} is ${sha256}; it was ${artifactSha256}`)
  }
}
