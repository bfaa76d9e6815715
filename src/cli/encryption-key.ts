// ml-worker encryption-key: makes a key for ENCRYPTION_KEY_FILE.
import { createKeyFile } from '../encryption/key-file.ts'
import { type Command, CommandError, UsageError } from './command.ts'

export const encryptionKeyCommand: Command = {
  usage: 'create FILE',
  details: [
    '  It writes 32 bytes by chance, in base64, into a file that is not there yet and that only its owner can read. Keep a',
    '  copy of it apart from the data and its back-ups: without the key, what is encrypted with it is lost.',
    '',
  ].join('\n'),
  options: {},
  takes: ['create', 'FILE'],
  async run({ positionals: [action, path = ''] }, terminal) {
    if (action !== 'create') throw new UsageError(`expected create, got "${action}"`)
    const id = await createKeyFile(path).catch((error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EEXIST' ? 'it is there already, and stays as it is' : error.message
      throw new CommandError(`${path}: ${reason}`, { cause: error })
    })
    terminal.out(`key ${id} in ${path}`)
    return 0
  },
}
