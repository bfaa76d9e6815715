// Whether a signed manifest vouches for a version, wherever manifests and keys come from.
import { ServiceError } from '../errors.ts'
import { EnvelopeError, type TrustedKeys } from './dsse.ts'
import { type Manifest, openManifest } from './manifest.ts'

export interface VerifiedVersion {
  readonly keyId: string
  readonly manifest: Manifest
}

/** What is to be vouched for. */
export interface Vouched {
  readonly projectId: number
  readonly version: number
  readonly runId: number
  /** Its manifests, in the order in which they are tried. */
  readonly envelopes: readonly string[]
}

interface Envelopes {
  /** Of what they are, in messages. */
  readonly name: string
  readonly envelopes: readonly string[]
  readonly trusted: TrustedKeys
}

/**
 * The first of the envelopes that an accepted key has signed and that nothing stands against. against: what is wrong with a
 * manifest, or undefined. Throws ServiceError VERSION_UNTRUSTED with what stands against each.
 */
export function firstVouching(
  { name, envelopes, trusted }: Envelopes,
  against: (manifest: Manifest) => string | undefined,
): VerifiedVersion {
  const reasons = new Set<string>()
  for (const envelope of envelopes) {
    try {
      const opened = openManifest(envelope, trusted)
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

/** Throws ServiceError VERSION_UNTRUSTED unless an accepted key vouches for that artifact as that version. */
export function requireVouched(
  { projectId, version, runId, envelopes }: Vouched,
  sha256: string,
  trusted: TrustedKeys,
): void {
  firstVouching({ name: nameOf(version, runId), envelopes, trusted }, (manifest) => {
    const { project, version: signed, model_run_id: run, artifact } = manifest
    if (project.id !== projectId || signed !== version || run !== runId) return 'is of another version'
    return artifact.sha256 === sha256
      ? undefined
      : `vouches for ${artifact.sha256}, and the stored artifact is ${sha256}`
  })
}

export function nameOf(version: number, runId: number): string {
  return `version ${version} (run ${runId})`
}
