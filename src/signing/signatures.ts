// Signatures on versions as other rooms ask for them: made in the transaction of a version, checked before it predicts.
import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { Queryable, Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import { EnvelopeError } from './dsse.ts'
import { differingMembers, type Manifest, type ManifestContent, openManifest, signManifest } from './manifest.ts'
import { findManifestsOfRun, insertManifest, listManifests, type StoredManifest } from './manifests-table.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface SignaturesParts {
  readonly ownSchema: OwnSchema
  readonly keys: SigningKeys
  /** Whether versions predict only where they are signed. */
  readonly isRequired: boolean
  readonly onRefused: () => void
  readonly log: Logger
}

export interface VerifiedVersion {
  readonly keyId: string
  readonly manifest: Manifest
}

/** Bytes that are hashed before others have a turn. */
const HASHED_AT_ONCE = 4 * 2 ** 20

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
    return this.verified(envelopes, nameOf(content.version, content.model_run_id), (manifest) => {
      const differing = differingMembers(manifest, content)
      return differing.length === 0 ? undefined : `says otherwise of ${differing.join(', ')}`
    })
  }

  /**
   * To be asked before a result is decoded: throws ServiceError VERSION_UNTRUSTED where versions must be signed, the run is
   * one, and no accepted key vouches for these very bytes. Runs that are no versions pass. O(bytes).
   */
  async requireTrusted(runId: number, artifact: Uint8Array): Promise<void> {
    const { ownSchema, isRequired, onRefused, log } = this.parts
    if (!isRequired) return
    await ownSchema.require()
    const found = await findManifestsOfRun(ownSchema.pool, runId)
    if (found === undefined) return
    const { projectId, version, envelopes } = found
    const sha256 = await digestOf(artifact)
    try {
      this.verified(
        envelopes,
        nameOf(version, runId),
        ({ project, version: signed, model_run_id: run, artifact: of }) => {
          if (project.id !== projectId || signed !== version || run !== runId) return 'is of another version'
          return of.sha256 === sha256 ? undefined : `vouches for ${of.sha256}, and the stored artifact is ${sha256}`
        },
      )
    } catch (error) {
      onRefused()
      log.error(
        { runId, version, projectId, reason: (error as Error).message },
        'a version is not loaded: it is not trusted',
      )
      throw error
    }
  }

  /** The first of the envelopes that holds. against: what is wrong with a manifest, or undefined. */
  private verified(
    envelopes: readonly string[],
    name: string,
    against: (manifest: Manifest) => string | undefined,
  ): VerifiedVersion {
    const reasons = new Set<string>()
    for (const envelope of envelopes) {
      try {
        const opened = openManifest(envelope, this.parts.keys.trusted)
        const reason = against(opened.manifest)
        if (reason === undefined) return opened
        reasons.add(reason)
      } catch (error) {
        if (!(error instanceof EnvelopeError)) throw error
        reasons.add(error.message)
      }
    }
    const detail = reasons.size === 0 ? 'it has none' : [...reasons].map((reason) => `it ${reason}`).join('; ')
    throw new ServiceError('VERSION_UNTRUSTED', `no signed manifest vouches for ${name}: ${detail}`)
  }
}

function nameOf(version: number, runId: number): string {
  return `version ${version} (run ${runId})`
}

/** SHA-256, hexadecimal; others have a turn meanwhile. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  for (let start = 0; start < bytes.length; start += HASHED_AT_ONCE) {
    if (start > 0) await turn()
    hash.update(bytes.subarray(start, start + HASHED_AT_ONCE))
  }
  return hash.digest('hex')
}
