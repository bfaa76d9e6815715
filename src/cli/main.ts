// The command line: npx ml-worker COMMAND. Exit codes: 0 all is well, 1 something is not, 2 called wrongly.
import { parseArgs } from 'node:util'
import { ServiceError } from '../errors.ts'
import { readVersion } from '../version.ts'
import { type Command, CommandError, RefusedError, type Terminal, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { explainFaults, explainServiceError, isWrongCall } from './explain-faults.ts'

const terminal: Terminal = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  isInteractive: process.stderr.isTTY === true,
}

// Who reads only the first lines, as head does, has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const [, , ...args] = process.argv
process.exitCode = await main(args)

async function main([name = '', ...rest]: readonly string[]): Promise<number> {
  if (name === '--version') {
    terminal.out(await readVersion())
    return 0
  }
  if (['', '--help', '-h', 'help'].includes(name)) {
    const [topic = ''] = rest
    const text = COMMANDS.has(topic) ? await helpOf(topic) : overview()
    if (name === '') terminal.err(text)
    else terminal.out(text)
    return name === '' ? 2 : 0
  }
  const command = await COMMANDS.get(name)?.load()
  if (command === undefined) {
    terminal.err(`ml-worker: there is no command "${name}"\n\n${overview()}`)
    return 2
  }
  const wantsStack = rest.includes('--debug')
  try {
    return await runCommand(name, command, rest)
  } catch (error) {
    if (wantsStack) terminal.err(String((error as Error)?.stack ?? error))
    else terminal.err(`ml-worker ${name}: ${messageOf(error, command)}`)
    const isWrong = error instanceof RefusedError && isWrongCall(error.faults, command)
    if (!isWrong && !(error instanceof UsageError)) return 1
    terminal.err(`\nUsage: ml-worker ${name} ${command.usage}\nml-worker ${name} --help tells more.`)
    return 2
  }
}

async function runCommand(name: string, command: Command, args: readonly string[]): Promise<number> {
  const given = parse(command, args)
  if (given.values['help'] === true) {
    terminal.out(await helpOf(name))
    return 0
  }
  const { positionals } = given
  const isReplaced = command.insteadOf !== undefined && given.values[command.insteadOf] !== undefined
  const missing = isReplaced ? undefined : command.takes[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  const unexpected = positionals[command.takes.length]
  if (unexpected !== undefined) throw new UsageError(`what is "${unexpected}"? It takes no more arguments`)
  return command.run(given, terminal)
}

function parse(command: Command, args: readonly string[]): ReturnType<typeof parseArgs> {
  const options = { ...command.options, help: { type: 'boolean', short: 'h' }, debug: { type: 'boolean' } } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function messageOf(error: unknown, command: Command): string {
  if (error instanceof ServiceError) return explainServiceError(error, command)
  if (error instanceof RefusedError) {
    const { faults } = error
    return explainFaults({ listed: faults, count: faults.length }, command)
  }
  if (error instanceof CommandError || error instanceof UsageError) return error.message
  return `${(error as Error)?.message ?? error}\nThis was not expected; --debug shows where it comes from.`
}

function overview(): string {
  const width = Math.max(...Array.from(COMMANDS.keys(), (name) => name.length))
  const lines = Array.from(COMMANDS, ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return [
    'Usage: ml-worker COMMAND …',
    '',
    ...lines,
    '',
    'ml-worker COMMAND --help tells more of each; ml-worker --version tells the version.',
    'Exit codes: 0 all is well; 1 something is not: rows, parameters, a class, a file; 2 it was called wrongly.',
  ].join('\n')
}

async function helpOf(name: string): Promise<string> {
  const { summary, load } = COMMANDS.get(name) as NonNullable<ReturnType<typeof COMMANDS.get>>
  const { usage, details } = await load()
  return [
    `Usage: ml-worker ${name} ${usage}`.trimEnd(),
    '',
    `${summary}.`,
    '',
    details,
    '  --debug                where an error comes from, with its stack',
    '  --help                 this text',
  ].join('\n')
}
