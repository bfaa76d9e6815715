// ml-worker doctor: whether the worker can work here, with what to do about each thing that stands against it.
import { type Config, ConfigError, readConfig, unreadUrlParameters, unreadVariables } from '../config.ts'
import type { Command } from './command.ts'
import { checkDatabase, checkOwnDatabase } from './doctor/database-checks.ts'
import type { Diagnosis } from './doctor/diagnosis.ts'
import { checkFolder, checkKeys, checkModels, checkNode, checkSigning } from './doctor/local-checks.ts'
import { checkStorage } from './doctor/storage-check.ts'

const MARKS: Readonly<Record<Diagnosis['level'], string>> = { ok: 'ok', note: 'note', warning: 'WARN', error: 'ERROR' }

export const doctorCommand: Command = {
  usage: '[--json]',
  details: [
    '  It looks at what the worker would work with: the environment and .env, the models folder, DATA_DIR, and the',
    '  database as the role in DATABASE_URL. It changes nothing. Exit code 0: the worker can work; 1: it cannot.',
    '',
    '  --json                 everything as JSON',
  ].join('\n'),
  options: { json: { type: 'boolean' } },
  takes: [],
  async run({ values }, terminal) {
    const diagnoses = await diagnose()
    const isOk = diagnoses.every(({ level }) => level !== 'error')
    if (values['json'] === true) terminal.out(JSON.stringify({ ok: isOk, checks: diagnoses }, undefined, 2))
    else {
      for (const { subject, level, detail, remedy } of diagnoses) {
        terminal.out(`${MARKS[level].padEnd(6)}${subject.padEnd(15)}${detail}`)
        if (remedy !== undefined) terminal.out(`${' '.repeat(21)}→ ${remedy}`)
      }
    }
    return isOk ? 0 : 1
  },
}

async function diagnose(): Promise<Diagnosis[]> {
  const diagnoses: Diagnosis[] = [checkNode()]
  const remedy = 'docs/operators.md lists each variable'
  const told = (lines: readonly string[]): Diagnosis[] =>
    lines.map((detail) => ({ subject: 'configuration', level: 'warning', detail, remedy }))
  const unread = told(unreadVariables())
  let config: Config
  try {
    config = readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [...diagnoses, { subject: 'configuration', level: 'error', detail: error.message, remedy }, ...unread]
  }
  diagnoses.push({ subject: 'configuration', level: 'ok', detail: 'no faults' }, ...unread)
  diagnoses.push(...told(unreadUrlParameters(config)))
  const { names, diagnoses: ofModels } = await checkModels(config.MODELS_DIR)
  diagnoses.push(...ofModels, ...(await checkFolder(config)), ...(await checkKeys(config)))
  const { keyIds, diagnoses: ofSigning } = await checkSigning(config)
  diagnoses.push(...ofSigning, await checkStorage(config))
  if (config.DATABASE_URL === '') {
    const detail = 'DATABASE_URL is empty: the worker runs a PostgreSQL of its own under DATA_DIR'
    return [...diagnoses, { subject: 'database', level: 'note', detail }]
  }
  const { DATABASE_URL: url, OWN_DATABASE_URL: ownUrl } = config
  const asked = { ownUrl: ownUrl || url, modelNames: names, keyIds }
  diagnoses.push(...(await checkDatabase(url, asked)))
  return ownUrl === '' || ownUrl === url ? diagnoses : [...diagnoses, ...(await checkOwnDatabase(ownUrl, asked))]
}
