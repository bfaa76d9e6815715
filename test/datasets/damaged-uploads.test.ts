// Damaged files of every form as uploads: refused with a place and a reason within bounds of memory, and nothing is left of them.
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { mibOf, peakGrowth } from '../support/resident-memory.ts'
import { dataFolder } from '../support/runs.ts'
import { storedFiles } from '../support/stored-files.ts'
import { workbook, workbookParts } from '../support/workbook.ts'
import { startTestProcess } from '../support/worker-process.ts'
import { zipOf } from '../support/zip.ts'

const MIB = 2 ** 20
const GROWTH_BYTES_MAX = 512 * MIB
const FILES = join(import.meta.dirname, '../golden/files')

const database = await createOwnDatabase(t)
await database.registerModel('majority')
const DATA_DIR = await dataFolder(t)
const worker = await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR, MAX_UPLOAD_SIZE_MB: '512' })

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.feather': 'application/vnd.apache.arrow.file',
  '.parquet': 'application/vnd.apache.parquet',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

interface Answer {
  readonly status: number
  readonly body: { readonly id?: number; readonly code?: string; readonly detail?: string }
}

async function upload(name: string, bytes: Buffer): Promise<Answer> {
  const form = new FormData()
  form.set('name', 'damaged')
  form.set('file', new Blob([bytes as Buffer<ArrayBuffer>], { type: MEDIA_TYPES[extname(name)] ?? '' }), name)
  const answer = await fetch(`${worker.url}/api/datasets`, { method: 'POST', body: form })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

/** Everything that the worker holds on its disk of uploads. */
const left = async () => [
  ...(await storedFiles(join(DATA_DIR, 'storage'))),
  ...(await storedFiles(join(DATA_DIR, 'datasets'))),
]

const file = (name: string): Promise<Buffer> => readFile(join(FILES, name))
const changed = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, at < 0 ? copy.length + at : at)
  return copy
}
const packed = deflateRawSync(Buffer.alloc(64 * MIB, ' '))
const parquet = await file('snappy.parquet')
const arrow = await file('lz4.arrow')
const bomb = workbook('<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>', ' '.repeat(64 * MIB))
const liar = zipOf({ ...workbookParts(''), 'xl/worksheets/sheet1.xml': { packed, byteLength: 1000 } })
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le')

const DAMAGED: readonly (readonly [what: string, name: string, bytes: Buffer, detail: RegExp])[] = [
  ['a line of 160 MiB', 'x.csv', Buffer.alloc(160 * MIB, 'a'), /more than 67108864 bytes at byte 0/],
  ['an open quote', 'x.csv', Buffer.from(`a\n"${'x\n'.repeat(1000)}`), /a quote that is not closed at byte 2003/],
  [
    'a million columns',
    'x.csv',
    Buffer.from(`${Array.from({ length: 1e6 }, (_, i) => `c${i}`)}\n1\n`),
    /10000 columns/,
  ],
  ['a late ragged row', 'x.csv', Buffer.from(`a,b\n${'1,2\n'.repeat(300_000)}1\n`), /row 300000: expected 2 fields/],
  ['no text', 'x.csv', Buffer.from('a,b\n\x01\xff,2\n', 'latin1'), /the byte 1 at byte 4/],
  ['half a character of UTF-16', 'x.csv', utf16('a,b\n1,2\n\ud800x'), /not UTF-16LE/],
  ['a packed file', 'x.csv', gzipSync('a,b\n1,2\n'), /compressed with gzip/],
  ['a workbook by another name', 'x.csv', bomb, /zip archive/],
  ['new columns in every line', 'x.ndjson', manyNames(), /the rows as a table: \d+ MiB are more than/],
  ['a cut line', 'x.ndjson', Buffer.from('{"a":1}\n{"a":'), /byte 13|end of the body/],
  ['a value of 80 MiB', 'x.ndjson', Buffer.from(`{"a":"${'x'.repeat(80 * MIB)}"}`), /more than 67108864 bytes/],
  ['deep JSON', 'x.json', Buffer.from('['.repeat(MIB)), /row 0: expected|at byte/],
  ['a cut list', 'x.json', Buffer.from('[{"a":1},'), /byte 9|end of the body/],
  ['a footer that lies', 'x.arrow', changed(arrow, -10, 2 ** 30), /longer than the file/],
  ['a message that lies', 'x.arrow', changed(arrow, 12, 0x7fffffff), /.+/],
  ['metadata that lie', 'x.parquet', changed(parquet, -8, 2 ** 31), /its metadata has 2147483648 bytes/],
  ['a page that lies', 'x.parquet', changed(parquet, 6, 0xffffffff), /.+/],
  ['a bomb', 'x.xlsx', bomb, /unpacks to/],
  ['a bomb that lies', 'x.xlsx', liar, /too many bytes in the stream/],
]

function manyNames(): Buffer {
  return Buffer.from(Array.from({ length: 40_000 }, (_, i) => `{"column_${i}":1}\n`).join(''))
}

for (const [what, name, bytes, detail] of DAMAGED) {
  t.test(`${name} with ${what} is refused, and nothing is left of it`, async (t) => {
    let answer: Answer = { status: 0, body: {} }
    const grown = await peakGrowth(worker.child.pid as number, async () => {
      answer = await upload(name, bytes)
    })
    t.ok(answer.status >= 400 && answer.status < 500, JSON.stringify(answer))
    t.match(answer.body.detail, detail)
    t.ok(grown < GROWTH_BYTES_MAX, `${mibOf(grown)} MiB`)
    t.same(await left(), [])
  })
}

t.test('a file that is cut anywhere is refused, or kept as far as its rows go', async (t) => {
  const ENDINGS = ['.csv', '.arrow', '.arrows', '.feather', '.parquet', '.xlsx']
  for (const name of (await readdir(FILES)).filter((name) => ENDINGS.includes(extname(name)))) {
    const bytes = await file(name)
    for (const share of [0, 0.001, 0.1, 0.5, 0.9, 0.999]) {
      const { status, body } = await upload(name, bytes.subarray(0, Math.floor(share * bytes.length)))
      if (status === 201) await worker.delete(`/api/datasets/${body.id}`)
      else if (!(status >= 400 && status < 500 && body.detail)) t.fail(`${name} cut at ${share}: ${status}`)
    }
  }
  t.same(await left(), [])
})
