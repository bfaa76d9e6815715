// Spool files with a right checksum and anything before it: refused with a SpoolFileError, or read as sound tables.
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Random } from '../../src/learning/random.ts'
import { FaultList } from '../../src/model/faults.ts'
import { toRows } from '../../src/model/table.ts'
import { Spool } from '../../src/spool/spool.ts'
import { readSpoolEntry, readSpoolFile, SpoolFileError } from '../../src/spool/spool-file.ts'
import { buildTable } from '../support/build-table.ts'
import { Finding } from './finding.ts'
import { mutate } from './mutate.ts'

const WORDS = [
  'null',
  '[]',
  '{}',
  '-1',
  '1e15',
  '0.5',
  '"categorical"',
  '"numeric"',
  '"levels":[]',
  '"rowCount":9',
  '"__proto__"',
]
const DIGEST_LENGTH = 32

export interface SpoolSample {
  readonly path: string
  readonly bytes: Buffer
  remove(): Promise<void>
}

/** A run that lies in a spool of its own. */
export async function spoolSample(): Promise<SpoolSample> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-fuzz-'))
  const rows = Array.from({ length: 20 }, (_, i) => ({
    a: i / 3,
    b: i % 4 === 0 ? null : i,
    c: 'xyz'[i % 3],
    d: i % 2 === 0,
  }))
  const spool = new Spool(join(folder, 'spool'))
  await spool.open()
  const { path } = await spool.add({
    run: {
      runId: 7,
      modelName: 'm',
      parameters: { depth: 3, weights: { x: 1 } },
      validationSplit: 0.25,
      crossValidation: { count: 3, repeats: 1, kind: 'plain' },
      calibration: 'sigmoid',
      threshold: { costs: { false_positive: 1, false_negative: 2 }, positive: 'x' },
      digest: 'abc',
    },
    features: buildTable(rows, 'features', new FaultList()),
    labels: buildTable(
      rows.map(({ c }) => ({ y: c })),
      'labels',
      new FaultList(),
    ),
  })
  return { path, bytes: await readFile(path), remove: () => rm(folder, { recursive: true }) }
}

/** One changed file. Gives what became of it; throws Finding. */
export async function fuzzSpoolFile({ path, bytes }: SpoolSample, random: Random): Promise<string> {
  const changed = mutate(bytes.subarray(0, -DIGEST_LENGTH), random, WORDS)
  const input = Buffer.concat([changed, createHash('sha256').update(changed).digest()])
  await writeFile(path, input)
  const entry = await readSpoolEntry(path).catch((error) => refusalOf(error, input))
  const work = await readSpoolFile(path).catch((error) => refusalOf(error, input))
  if (typeof work === 'string') return typeof entry === 'string' ? 'refused by its head' : 'refused in whole'
  try {
    for (const table of [work.features, work.labels])
      if (toRows(table).length !== table.rowCount) throw new Error('rows')
  } catch (error) {
    throw new Finding(`its tables cannot be read: ${error}`, input, { cause: error })
  }
  return 'read'
}

function refusalOf(error: unknown, input: Uint8Array): string {
  if (error instanceof SpoolFileError) return error.message
  throw new Finding(`reading the file: ${error}`, input, { cause: error })
}
