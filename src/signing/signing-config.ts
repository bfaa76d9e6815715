// What an operator may set of signatures on versions.
import { Type } from '@sinclair/typebox'

export const signingConfig = {
  SIGNING_KEY_FILE: Type.String({
    default: '',
    description:
      'A file with the private key (ed25519, PKCS#8 PEM) that signs the manifest of each new version of a project. Empty: none is signed',
  }),
  SIGNING_TRUSTED_KEYS: Type.String({
    default: '',
    description:
      'Files with public keys (PEM), or folders of *.pem, with commas between, whose signatures are accepted beside those of SIGNING_KEY_FILE',
  }),
  SIGNATURES: Type.Unsafe<string>({
    type: 'string',
    enum: ['optional', 'required'],
    default: 'optional',
    description:
      'required: a run that is a version of a project predicts only where an accepted key has signed its manifest, and its artifact is the one that was signed',
  }),
}

interface SigningSettings {
  readonly SIGNING_KEY_FILE: string
  readonly SIGNING_TRUSTED_KEYS: string
  readonly SIGNATURES: string
}

/** What is wrong among the settings, one line each. */
export function signingFaults({ SIGNING_KEY_FILE, SIGNING_TRUSTED_KEYS, SIGNATURES }: SigningSettings): string[] {
  if (SIGNATURES !== 'required' || SIGNING_KEY_FILE !== '' || SIGNING_TRUSTED_KEYS !== '') return []
  return [
    'SIGNATURES: required, but neither SIGNING_KEY_FILE nor SIGNING_TRUSTED_KEYS names a key that could be accepted',
  ]
}
