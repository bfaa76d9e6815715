// Files of every form that somebody has changed: read, or refused with a place, within bounds of memory and time.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { ServiceError } from '../../src/errors.ts'
import type { Random } from '../../src/learning/random.ts'
import { holdForTables, MemoryBudget } from '../../src/memory/memory-budget.ts'
import { FORM_OF_ENDING, type RowsForm } from '../../src/rows/forms.ts'
import { readTable } from '../../src/rows/read-table.ts'
import { zipOf } from '../support/zip.ts'
import { Finding } from './finding.ts'
import { mutate } from './mutate.ts'

const MIB = 2 ** 20
/** What a file of some kilobytes may take, with its table and what waits for the collector. */
const GROWTH_BYTES_MAX = 512 * MIB
const WITHIN_MS = 10_000
const REFUSALS = ['BODY_MALFORMED', 'REQUEST_INVALID', 'MEMORY_EXCEEDED']
const PARQUET_TAIL_BYTES = 8
const CSV_WORDS = [
  '"',
  '""',
  "'",
  ',',
  ';',
  '\t',
  '|',
  '\r',
  '\n',
  '\r\n',
  '1,5',
  '0x1',
  '\u0000',
  '9'.repeat(40),
  '1e400',
]
const XML_WORDS = [
  '<row>',
  '<c r="A1">',
  '</c>',
  '<v>',
  ' t="s"',
  ' t="e"',
  ' s="1"',
  '<is><t>',
  '&amp;',
  '&a;',
  '1e308',
  'XFE1',
  '-1',
]

export interface FileSample {
  readonly form: RowsForm
  readonly name: string
  readonly bytes: Buffer
}

/** The files that are held to pandas and pyarrow. */
export async function fileSamples(): Promise<FileSample[]> {
  const folder = join(import.meta.dirname, '../golden/files')
  const names = (await readdir(folder)).sort()
  return Promise.all(
    names.map(async (name) => ({
      name,
      form: FORM_OF_ENDING[name.slice(name.lastIndexOf('.'))] as RowsForm,
      bytes: await readFile(join(folder, name)),
    })),
  )
}

/** One changed file. Gives what became of it; throws Finding. */
export async function fuzzFile(samples: readonly FileSample[], random: Random): Promise<string> {
  const { form, name, input } = changedFile(samples, random)
  const memory = holdForTables(MemoryBudget.of(1024 * MIB), input.length)
  const peakBefore = 1024 * process.resourceUsage().maxRSS
  const startedAt = performance.now()
  try {
    const outcome = await readTable(input, form, { memory }).then(
      () => 'read',
      (error) => {
        if (error instanceof ServiceError && REFUSALS.includes(error.code)) return error.code
        throw error
      },
    )
    const grown = 1024 * process.resourceUsage().maxRSS - peakBefore
    if (grown > GROWTH_BYTES_MAX) throw new Error(`${input.length} bytes took ${Math.round(grown / MIB)} MiB`)
    const tookMs = performance.now() - startedAt
    if (tookMs > WITHIN_MS) throw new Error(`${input.length} bytes took ${Math.round(tookMs)} ms`)
    return `${form} ${outcome}`
  } catch (error) {
    throw new Finding(`a file like ${name}: ${error}`, input, { cause: error })
  } finally {
    memory.release()
  }
}

/** One of the files with something done to it. */
export function changedFile(samples: readonly FileSample[], random: Random) {
  const { form, name, bytes } = samples[random.integer(samples.length)] as FileSample
  return { form, name, input: changed(form, bytes, random) }
}

function changed(form: RowsForm, bytes: Buffer, random: Random): Buffer {
  if (form === 'csv') return mutate(bytes, random, CSV_WORDS)
  if (form === 'xlsx' && random.integer(4) > 0) return changedWorkbook(bytes, random)
  if (form === 'parquet' && random.integer(2) > 0) return changedMetadata(bytes, random)
  return mutate(bytes, random)
}

/** Its metadata is changed, and its length is right all the same. */
function changedMetadata(bytes: Buffer, random: Random): Buffer {
  const end = bytes.length - PARQUET_TAIL_BYTES
  const start = end - bytes.readUInt32LE(end)
  const metadata = mutate(bytes.subarray(start, end), random)
  const tail = Buffer.from(bytes.subarray(end))
  tail.writeUInt32LE(metadata.length, 0)
  return Buffer.concat([bytes.subarray(0, start), metadata, tail])
}

/** One of its parts is changed, and its archive is sound. */
function changedWorkbook(bytes: Buffer, random: Random): Buffer {
  const parts = partsOf(bytes)
  const names = Object.keys(parts).filter((name) => name.startsWith('xl/'))
  const name = names[random.integer(names.length)] as string
  const text = mutate(Buffer.from(parts[name] as string, 'latin1'), random, XML_WORDS).toString('latin1')
  return zipOf({ ...parts, [name]: text })
}

/** The parts of a sound archive, by its directory. */
function partsOf(zip: Buffer): Record<string, string> {
  const end = zip.lastIndexOf('PK\u0005\u0006', undefined, 'latin1')
  const parts: Record<string, string> = {}
  for (let at = zip.readUInt32LE(end + 16); at < end; ) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    const next = at + 46 + (nameLength as number)
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
    const isPacked = zip.readUInt16LE(at + 10) !== 0
    parts[zip.toString('utf8', at + 46, next)] = (isPacked ? inflateRawSync(packed) : packed).toString('latin1')
    at = next + (extraLength as number) + (commentLength as number)
  }
  return parts
}
