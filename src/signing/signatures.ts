// Signatures on versions as other rooms ask for them: made in the transaction of a version, checked before it predicts.
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { Queryable, Transaction } from '../database/pool.ts'
import { digestOf } from './digest.ts'
import { differingMembers, type ManifestContent, signManifest } from './manifest.ts'
import { findManifestsOfRun, insertManifest, listManifests, type StoredManifest } from './manifests-table.ts'
import type { SigningKeys } from './signing-keys.ts'
import { firstVouching, nameOf, requireVouched, type VerifiedVersion } from './vouching.ts'

export interface SignaturesParts {
  readonly ownSchema: OwnSchema
  readonly keys: SigningKeys
  /** Whether versions predict only where they are signed. */
  readonly isRequired: boolean
  readonly onRefused: () => void
  readonly log: Logger
}

export class Signatures {
  private readonly parts: SignaturesParts

  constructor(parts: SignaturesParts) {
    this.parts = parts
  }

  /** The id of the key that signs; undefined where none does. */
  get signerId(): string | undefined {
    return this.parts.keys.signer?.id
  }

  /** Writes the manifest of a version, where there is a key to sign with. */
  async sign(tx: Transaction, content: ManifestContent, signedBy: string): Promise<void> {
    const { signer } = this.parts.keys
    if (signer === undefined) return
    const envelope = signManifest(content, signer)
    await insertManifest(tx, content.model_run_id, { keyId: signer.id, envelope, signedBy })
  }

  /** The manifests of a version, the newest first. */
  list(runId: number, client: Queryable = this.parts.ownSchema.pool): Promise<StoredManifest[]> {
    return listManifests(client, runId)
  }

  /**
   * Whether an accepted key vouches for the version, and for every word of `content`: what is known of it now. Throws
   * ServiceError VERSION_UNTRUSTED, with what stands against it.
   */
  async verifyVersion(content: ManifestContent): Promise<VerifiedVersion> {
    const envelopes = (await this.list(content.model_run_id)).map(({ envelope }) => envelope)
    const name = nameOf(content.version, content.model_run_id)
    return firstVouching({ name, envelopes, trusted: this.parts.keys.trusted }, (manifest) => {
      const differing = differingMembers(manifest, content)
      return differing.length === 0 ? undefined : `says otherwise of ${differing.join(', ')}`
    })
  }

  /**
   * To be asked before a result is decoded: throws ServiceError VERSION_UNTRUSTED where versions must be signed, the run is
   * one, and no accepted key vouches for these very bytes. Runs that are no versions pass. O(bytes).
   */
  async requireTrusted(runId: number, artifact: Uint8Array): Promise<void> {
    const { ownSchema, keys, isRequired, onRefused, log } = this.parts
    if (!isRequired) return
    await ownSchema.require()
    const found = await findManifestsOfRun(ownSchema.pool, runId)
    if (found === undefined) return
    const { projectId, version } = found
    const sha256 = await digestOf(artifact)
    try {
      requireVouched({ ...found, runId }, sha256, keys.trusted)
    } catch (error) {
      onRefused()
      log.error(
        { runId, version, projectId, reason: (error as Error).message },
        'a version is not loaded: it is not trusted',
      )
      throw error
    }
  }
}
