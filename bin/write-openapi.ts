// Writes docs/openapi.json as this worker serves it (npm run openapi).
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { readConfig } from '../src/config.ts'
import { startService } from '../src/service.ts'

// The document does not depend on the database; a worker starts without it.
const DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/nothing'

const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-openapi-'))
const config = readConfig({ DATABASE_URL, DATA_DIR: dataDir, PORT: '0', OVERLOAD_DELAY_MS: '600000' }, false)
const service = await startService(config, pino({ level: 'silent' }))
try {
  const answer = await fetch(`${service.url}/openapi.json`)
  if (!answer.ok) throw new Error(await answer.text())
  const path = join(import.meta.dirname, '../docs/openapi.json')
  await writeFile(path, `${JSON.stringify(await answer.json(), null, 2)}\n`)
} finally {
  await service.close()
  await rm(dataDir, { recursive: true })
}
