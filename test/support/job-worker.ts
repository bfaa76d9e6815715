// A process that takes a job and does not end it, to be killed: node job-worker.ts DATABASE_URL.
import pino from 'pino'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool } from '../../src/database/pool.ts'
import { Jobs } from '../../src/jobs/jobs.ts'
import { DELIVERY, QUICK } from './job-kinds.ts'

const log = pino({ level: 'silent' })
const schema = new OwnSchema({ pool: createPool(process.argv[2] as string, log) })
const jobs = new Jobs({ schema, log, settings: QUICK })
jobs.work(DELIVERY, async ({ to }, { attempt }) => {
  process.stdout.write(`${to} ${attempt}\n`)
  await new Promise(() => {})
})
await jobs.start()
