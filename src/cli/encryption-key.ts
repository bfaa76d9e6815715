// ml-worker encryption-key: makes a key for ENCRYPTION_KEY_FILE.
import { createKeyFile } from '../encryption/key-file.ts'
import { keyCommand } from './key-command.ts'

export const encryptionKeyCommand = keyCommand(
  [
    '  It writes 32 bytes by chance, in base64, into a file that is not there yet and that only its owner can read. Keep a',
    '  copy of it apart from the data and its back-ups: without the key, what is encrypted with it is lost.',
  ],
  async (path) => `key ${await createKeyFile(path)} in ${path}`,
)
