// ml-worker serve: the worker itself, as npm start runs it.
import type { Command } from './command.ts'

export const serveCommand: Command = {
  usage: '',
  details: '  The configuration comes from the environment and from .env; the README lists it.\n',
  options: {},
  takes: [],
  async run() {
    // It runs until it is told to stop, and ends the process itself when it cannot start.
    await import('../main.ts')
    return 0
  },
}
