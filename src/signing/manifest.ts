// The manifest of a version: what it is made of, in one form, to be signed.
import { canonicalJson } from '../canonical-json.ts'
import { EnvelopeError, openEnvelope, type SigningKey, signEnvelope, type TrustedKeys } from './dsse.ts'

export const PAYLOAD_TYPE = 'application/vnd.ml-worker.version+json'

/** Of the format. */
const FORMAT = 1

/** Names as they stand in the document. */
export interface Manifest {
  readonly format: typeof FORMAT
  readonly project: { readonly id: number; readonly name: string }
  readonly version: number
  readonly model_run_id: number
  readonly parent: number | null
  readonly artifact: { readonly sha256: string; readonly bytes: number }
  readonly dataset: { readonly id: number; readonly name: string; readonly version: number; readonly sha256: string }
  readonly model_name: string
  /** With their defaults; null where they are not known. */
  readonly parameters: Readonly<Record<string, unknown>> | null
  /** As they were asked for: empty labels are those of the data set, empty features all other columns. */
  readonly labels: readonly string[]
  readonly features: readonly string[]
  /** As the artifact has them, all by name. Absent of manifests that were signed before there was this member. */
  readonly columns?: { readonly labels: readonly string[]; readonly features: readonly string[] }
  readonly options: Readonly<Record<string, unknown>>
  readonly split_seed: number | null
  readonly metrics: Readonly<Record<string, number | null>>
  readonly worker_version: string | null
  readonly created_at: string
  readonly created_by: string
}

export type ManifestContent = Omit<Manifest, 'format'>

export function signManifest(content: ManifestContent, key: SigningKey): string {
  const manifest: Manifest = { ...content, format: FORMAT }
  return signEnvelope(PAYLOAD_TYPE, Buffer.from(canonicalJson(manifest), 'utf8'), key)
}

/** Throws EnvelopeError where no accepted key vouches for it, or it is no manifest of a format that this worker knows. */
export function openManifest(
  envelope: string,
  trusted: TrustedKeys,
): { readonly manifest: Manifest; readonly keyId: string } {
  const { payload, keyId } = openEnvelope(envelope, PAYLOAD_TYPE, trusted)
  let manifest: Partial<Manifest>
  try {
    manifest = JSON.parse(payload.toString('utf8')) ?? {}
  } catch (error) {
    throw new EnvelopeError('holds no JSON', { cause: error })
  }
  if (manifest.format !== FORMAT || typeof manifest.artifact?.sha256 !== 'string') {
    throw new EnvelopeError(`holds no manifest of format ${FORMAT}`)
  }
  return { manifest: manifest as Manifest, keyId }
}

/** Members whose values are not those of `content`. */
export function differingMembers(manifest: Manifest, content: ManifestContent): string[] {
  const isOlder = manifest.columns === undefined
  const names = (Object.keys(content) as (keyof ManifestContent)[]).filter((name) => name !== 'columns' || !isOlder)
  return names.filter((name) => canonicalJson(manifest[name] ?? null) !== canonicalJson(content[name]))
}
