// Files of every form that somebody has changed, as data sets: kept and looked at, or refused with a problem, within bounds of
// memory and time; and nothing is left in the storage of what was refused or deleted.
import { gzipSync } from 'node:zlib'
import type { Random } from '../../src/learning/random.ts'
import { ROWS_MEDIA_TYPES, type RowsForm } from '../../src/rows/forms.ts'
import { peakGrowth } from '../support/resident-memory.ts'
import type { clientOf } from '../support/service.ts'
import { storedFiles } from '../support/stored-files.ts'
import { Finding } from './finding.ts'
import { mutate } from './mutate.ts'
import { changedFile, type FileSample } from './row-files.ts'

const MIB = 2 ** 20
/** What a file of some kilobytes may take, with its table, the thread that reads it and what waits for the collector. */
const GROWTH_BYTES_MAX = 512 * MIB
const WITHIN_MS = 30_000
const BOUNDARY = 'a-line-between'
const FORM_WORDS = ['--', `--${BOUNDARY}`, `--${BOUNDARY}--`, '\r\n\r\n', 'name="', 'filename="', '\u0000', 'Content-']

const ROWS = [
  { a: 1.5, b: 'x', c: null },
  { a: -2, b: 'ü', c: true },
  { a: 'NA', b: '' },
]
/** The forms of which there are no files. */
const TEXTS: readonly FileSample[] = [
  { form: 'json', name: 'rows.json', bytes: Buffer.from(JSON.stringify(ROWS)) },
  { form: 'ndjson', name: 'rows.ndjson', bytes: Buffer.from(ROWS.map((row) => `${JSON.stringify(row)}\n`).join('')) },
]

export interface UploadTargets {
  readonly client: ReturnType<typeof clientOf>
  /** Of the worker's process. */
  readonly pid: number
  /** LOCAL_STORAGE_DIR. Nobody else puts anything there. */
  readonly storageFolder: string
}

/** One upload. Gives what became of it; throws Finding. */
export async function fuzzUpload(
  { client, pid, storageFolder }: UploadTargets,
  samples: readonly FileSample[],
  random: Random,
): Promise<string> {
  const { form, name, input } = changedFile([...samples, ...TEXTS], random)
  const { body, headers } = packed(form, name, input, random)
  try {
    const before = await storedFiles(storageFolder)
    const startedAt = performance.now()
    let answer = { status: 0, body: {} as { id?: number; code?: string; detail?: string } }
    const grown = await peakGrowth(pid, async () => {
      answer = await client.post('/api/datasets?name=fuzz', body, headers)
    })
    const tookMs = performance.now() - startedAt
    if (grown > GROWTH_BYTES_MAX) throw new Error(`${body.length} bytes took ${Math.round(grown / MIB)} MiB`)
    if (tookMs > WITHIN_MS) throw new Error(`${body.length} bytes took ${Math.round(tookMs)} ms`)
    const { status, body: told } = answer
    if (status === 201) await lookAndDelete(client, told.id as number)
    else if (!(status >= 400 && status < 500 && told.code && told.detail)) {
      throw new Error(`answered ${status} ${JSON.stringify(told).slice(0, 500)}`)
    }
    const left = (await storedFiles(storageFolder)).filter((file) => !before.includes(file))
    if (left.length > 0) throw new Error(`answered ${status}, and left ${left} in the storage`)
    return `${form} ${status} ${told.code ?? ''}`.trim()
  } catch (error) {
    throw new Finding(`an upload like ${name}: ${error}`, body, { cause: error })
  }
}

/** As it is, packed, or in a form, which may be changed as well. */
function packed(form: RowsForm, name: string, input: Buffer, random: Random) {
  const mediaTypes = Object.entries(ROWS_MEDIA_TYPES).flatMap(([type, of]) => (of === form ? [type] : []))
  const mediaType = mediaTypes[random.integer(mediaTypes.length)] as string
  const way = random.integer(5)
  if (way < 2) return { body: input, headers: { 'content-type': mediaType } }
  if (way === 2) return { body: gzipSync(input), headers: { 'content-type': mediaType, 'content-encoding': 'gzip' } }
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="description"\r\n\r\nof a fuzzer\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${mediaType}\r\n\r\n`
  const whole = Buffer.concat([Buffer.from(head), input, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])
  const body = way === 3 ? whole : mutate(whole, random, FORM_WORDS)
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } }
}

async function lookAndDelete(client: UploadTargets['client'], id: number): Promise<void> {
  for (const part of ['preview', 'statistics', 'report', 'content']) {
    const { status } = await client.get(`/api/datasets/${id}/${part}`)
    if (status !== 200) throw new Error(`${part} of what was kept: ${status}`)
  }
  const { status } = await client.delete(`/api/datasets/${id}`)
  if (status !== 200) throw new Error(`deleting what was kept: ${status}`)
}
