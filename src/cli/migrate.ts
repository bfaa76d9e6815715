// ml-worker migrate: makes and fills the worker's own schemas, as the role that owns them.
import pino from 'pino'
import { ConfigError, readConfig } from '../config.ts'
import { MigrationError, migrateOwnSchema, planOwnSchema } from '../database/own-schema/migrate.ts'
import { type Command, CommandError } from './command.ts'

const CURRENT = 'the schemas ml_worker and ml_jobs are current: nothing is to be done'

export const migrateCommand: Command = {
  usage: '[--plan] [--grant ROLE]',
  details: [
    '  The worker needs none of it for trainings and predictions; it keeps the records of runs for all workers there.',
    '  Run it as the role that owns the schemas, or may make them: OWN_DATABASE_URL, else DATABASE_URL, names it. The',
    '  role that the worker runs as needs no right to create: --grant gives it what it needs. Stop no worker for it.',
    '',
    '  --plan                 print the SQL that would run, and change nothing',
    '  --grant ROLE           let this role use the tables: the one of the worker. It may be repeated at any time',
  ].join('\n'),
  options: { plan: { type: 'boolean' }, grant: { type: 'string' } },
  takes: [],
  async run({ values }, terminal) {
    const grant = values['grant'] as string | undefined
    const url = ownUrl()
    try {
      if (values['plan'] === true) {
        terminal.out((await planOwnSchema(url, grant)) || `-- ${CURRENT}`)
        return 0
      }
      const done = await migrateOwnSchema(url, { grantTo: grant, log: pino({ level: 'silent' }) })
      for (const line of done.length === 0 ? [CURRENT] : done) terminal.out(line)
      return 0
    } catch (error) {
      if (error instanceof MigrationError) throw new CommandError(error.message, { cause: error })
      throw error
    }
  },
}

/** Throws CommandError where no database is named. */
function ownUrl(): string {
  try {
    const { OWN_DATABASE_URL, DATABASE_URL } = readConfig()
    if (OWN_DATABASE_URL !== '' || DATABASE_URL !== '') return OWN_DATABASE_URL || DATABASE_URL
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message, { cause: error })
    throw error
  }
  throw new CommandError(
    'neither OWN_DATABASE_URL nor DATABASE_URL is set; an embedded PostgreSQL is migrated by the worker itself',
  )
}
