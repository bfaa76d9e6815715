// The room of signatures on versions: its keys are read once, at the start.
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { Signatures } from './signatures.ts'
import { readSigningKeys } from './signing-keys.ts'

/** Throws SigningKeyError. */
export async function openSigning({ config, ownSchema, telemetry, log }: Foundation): Promise<Opened<Signatures>> {
  const keys = await readSigningKeys(config.SIGNING_KEY_FILE, config.SIGNING_TRUSTED_KEYS)
  const isRequired = config.SIGNATURES === 'required'
  for (const warning of keys.warnings) log.warn(warning)
  if (isRequired && keys.signer === undefined) {
    log.warn(
      'SIGNATURES=required without SIGNING_KEY_FILE: versions that this worker trains are not signed, and do not predict',
    )
  }
  const refused = telemetry.counter({
    name: 'ml_worker_versions_untrusted_total',
    help: 'Loads of versions that were refused, since no accepted key vouches for them',
  })
  const signatures = new Signatures({ ownSchema, keys, isRequired, onRefused: () => refused.inc(), log })
  return { room: { name: 'signing' }, api: signatures }
}
