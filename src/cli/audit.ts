// ml-worker audit verify: whether the audit is as it was written.
import { verifyChain } from '../audit/verify-chain.ts'
import { type Command, UsageError } from './command.ts'
import { withOwnDatabase } from './own-database.ts'

export const auditCommand: Command = {
  usage: 'verify [--known NUMBER:DIGEST]',
  details: [
    '  Each entry holds the digest of the one before: one that was changed, put in or taken out breaks the chain. Exit code',
    '  1 says that it is broken, and where.',
    '',
    '  --known NUMBER:DIGEST  an entry as it was once, from the log of a worker ("the last entry of the audit") or from an',
    '                         earlier verify: without it, entries cut off at the end are not missed',
  ].join('\n'),
  options: { known: { type: 'string' } },
  takes: ['verify'],
  async run({ values, positionals: [what] }, terminal) {
    if (what !== 'verify') throw new UsageError(`expected verify, got ${what}`)
    const given = values['known'] as string | undefined
    const [, number, digest] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(given ?? '') ?? []
    if (given !== undefined && digest === undefined) throw new UsageError('--known: expected NUMBER:DIGEST')
    const known = digest === undefined ? undefined : { eventId: Number(number), digest }
    const { head, fault } = await withOwnDatabase((pool) => verifyChain(pool, known))
    if (fault !== undefined) {
      terminal.err(`the audit is broken: ${fault}; the entries up to ${head.eventId} hold`)
      return 1
    }
    terminal.out(`the audit holds: ${head.eventId} entries; the last is ${head.eventId}:${head.digest}`)
    return 0
  },
}
