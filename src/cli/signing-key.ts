// ml-worker signing-key: makes a key for SIGNING_KEY_FILE.
import { createSigningKey } from '../signing/signing-keys.ts'
import { type Command, CommandError, UsageError } from './command.ts'

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'is there already, and stays as it is',
  ENOENT: 'the folder is not there: make it first',
}

export const signingKeyCommand: Command = {
  usage: 'create FILE',
  details: [
    '  It makes an ed25519 key: the private half (PKCS#8 PEM) goes into FILE, which only its owner can read, the public half',
    '  into FILE.pub.pem. Neither may be there yet. SIGNING_KEY_FILE of the worker that trains names FILE,',
    '  SIGNING_TRUSTED_KEYS of others FILE.pub.pem. Who has FILE can vouch for any version.',
    '',
  ].join('\n'),
  options: {},
  takes: ['create', 'FILE'],
  async run({ positionals: [action, path = ''] }, terminal) {
    if (action !== 'create') throw new UsageError(`expected create, got "${action}"`)
    const { id, publicPath } = await createSigningKey(path).catch((error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''] ?? error.message
      throw new CommandError(`${error.path ?? path}: ${reason}`, { cause: error })
    })
    terminal.out(`key ${id} in ${path}, its public half in ${publicPath}`)
    return 0
  },
}
