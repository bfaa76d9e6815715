// What must hold of data sets once the service is up again: each that was answered is there and reads back as it was sent, and
// after the sweep no object is without a data set, nor a data set without its object.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import pino from 'pino'
import { createPool } from '../../src/database/pool.ts'
import { readKeys } from '../../src/encryption/key-file.ts'
import { objectOwners } from '../../src/object-owners.ts'
import { EncryptedStorage } from '../../src/storage/encrypted-storage.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import { deleteDueObjects } from '../../src/storage-upkeep/delete-objects.ts'
import { GRACE_MS, sweepOrphans } from '../../src/storage-upkeep/sweep-orphans.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import type { UploadFlow } from './upload-flow.ts'

export interface PromisedUploads {
  readonly worker: WorkerProcess
  readonly owner: pg.Pool
  readonly databaseUrl: string
  readonly storageFolder: string
  readonly keyFile: string
  readonly flow: UploadFlow
  /** Data sets that were read back before; content does not change. */
  readonly checked: Set<number>
}

/** Returns what is broken, and how many data sets were read back. */
export async function checkUploads(parts: PromisedUploads): Promise<{ broken: string[]; read: number }> {
  const { worker, owner, flow, checked } = parts
  const broken: string[] = []
  const { rows } = await owner.query<{ id: number; sha256: string; key: string | null }>(
    `select dataset_id::float8 as id, sha256, storage_key as key from ml_worker.datasets`,
  )
  const known = new Map(rows.map((row) => [row.id, row]))
  for (const [id, sha256] of flow.kept) {
    const row = known.get(id)
    if (row === undefined) broken.push(`data set ${id} was answered, and is not there`)
    else if (row.sha256 !== sha256) broken.push(`data set ${id} has another digest than was answered`)
    else if (row.key === null && !flow.deleted.has(id)) broken.push(`data set ${id} lost its content`)
  }
  let read = 0
  for (const { id, sha256, key } of rows) {
    if (key === null || checked.has(id)) continue
    checked.add(id)
    const answer = await fetch(`${worker.url}/api/datasets/${id}/content`)
    const digest = createHash('sha256')
      .update(Buffer.from(await answer.arrayBuffer()))
      .digest('hex')
    if (answer.status !== 200) broken.push(`the content of data set ${id} answers ${answer.status}`)
    else if (digest !== sha256) broken.push(`data set ${id} does not read back with its digest`)
    read += 1
  }
  broken.push(...(await sweptAndCompared(parts)))
  return { broken, read }
}

/** As a day later: the sweep, and then the outbox. */
async function sweptAndCompared({ databaseUrl, storageFolder, keyFile }: PromisedUploads): Promise<string[]> {
  const log = pino({ level: 'silent' })
  const pool = createPool(databaseUrl, log)
  try {
    const { keys } = await readKeys(keyFile)
    const storage = new EncryptedStorage({ driver: new LocalStorage(storageFolder), keys, folder: storageFolder })
    const references = objectOwners(pool)
    const now = () => Date.now() + 2 * GRACE_MS
    await sweepOrphans({ storage, references, client: pool, now }, { isDryRun: false })
    const { signal } = new AbortController()
    while ((await deleteDueObjects({ pool, storage, references, log }, signal)) > 0);
    const objects = new Set<string>()
    for (let after = ''; ; ) {
      const page = await storage.list({ after, limit: 1000 })
      for (const { key } of page) objects.add(key)
      if (page.length < 1000) break
      after = page.at(-1)?.key ?? ''
    }
    const { rows } = await pool.query<{ key: string }>(
      'select storage_key as key from ml_worker.datasets where storage_key is not null',
    )
    const needed = new Set(rows.map(({ key }) => key))
    return [
      ...[...objects].filter((key) => !needed.has(key)).map((key) => `no data set has the object ${key}`),
      ...[...needed].filter((key) => !objects.has(key)).map((key) => `a data set has lost its object ${key}`),
    ]
  } finally {
    await pool.close()
  }
}
