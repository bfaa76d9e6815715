// ml-worker signing-key: makes a key for SIGNING_KEY_FILE.
import { createSigningKey } from '../signing/signing-keys.ts'
import { keyCommand } from './key-command.ts'

export const signingKeyCommand = keyCommand(
  [
    '  It makes an ed25519 key: the private half (PKCS#8 PEM) goes into FILE, which only its owner can read, the public half',
    '  into FILE.pub.pem. Neither may be there yet. SIGNING_KEY_FILE of the worker that trains names FILE,',
    '  SIGNING_TRUSTED_KEYS of others FILE.pub.pem. Who has FILE can vouch for any version.',
  ],
  async (path) => {
    const { id, publicPath } = await createSigningKey(path)
    return `key ${id} in ${path}, its public half in ${publicPath}`
  },
)
