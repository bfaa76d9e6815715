// What the commands that make a key have in common: `create FILE`.
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already, and stays as it is',
  ENOENT: 'the folder is not there: make it first',
}

/** create: makes the key in the file of that path, and gives what to say of it. Errors of the disk are told in a line. */
export function keyCommand(details: readonly string[], create: (path: string) => Promise<string>): Command {
  return {
    usage: 'create FILE',
    details: [...details, ''].join('\n'),
    options: {},
    takes: ['create', 'FILE'],
    async run({ positionals: [action, path = ''] }, terminal: Terminal) {
      if (action !== 'create') throw new UsageError(`expected create, got "${action}"`)
      const told = await create(path).catch((error: NodeJS.ErrnoException) => {
        const reason = REASONS[error.code ?? ''] ?? error.message
        throw new CommandError(`${error.path ?? path}: ${reason}`, { cause: error })
      })
      terminal.out(told)
      return 0
    },
  }
}
