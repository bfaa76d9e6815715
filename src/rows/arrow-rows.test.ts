import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as arrow from 'apache-arrow'
import t from 'tap'
import { ServiceError } from '../errors.ts'
import { Random } from '../learning/random.ts'
import { withoutMixed } from '../model/read-column.ts'
import { toRows } from '../model/table.ts'
import { readArrowRows } from './arrow-rows.ts'
import { type AssembledRows, TableAssembler } from './table-assembler.ts'

const golden = (name: string): Promise<Buffer> => readFile(join(import.meta.dirname, '../../test/golden/forms', name))

async function read(...chunks: Uint8Array[]): Promise<AssembledRows> {
  const assembler = new TableAssembler(() => 'features')
  await readArrowRows(Buffer.concat(chunks), assembler)
  return assembler.finish()
}

t.test('every type that holds values of ours, with and without missing ones', async (t) => {
  const table = new arrow.Table({
    long: arrow.vectorFromArray([2n ** 53n + 1n, null, -3n], new arrow.Int64()),
    unsigned: arrow.vectorFromArray([4_000_000_000, 1, null], new arrow.Uint32()),
    half: arrow.vectorFromArray([0.5, -2, null], new arrow.Float16()),
    single: arrow.vectorFromArray([0.25, Number.NaN, 1], new arrow.Float32()),
    text: arrow.vectorFromArray(['ü', null, ''], new arrow.Utf8()),
    long_text: arrow.vectorFromArray(['a', 'b', null], new arrow.LargeUtf8()),
    flag: arrow.vectorFromArray([true, null, false], new arrow.Bool()),
    category: arrow.vectorFromArray(['x', null, 'x'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
    number: arrow.vectorFromArray([7, 8, null], new arrow.Dictionary(new arrow.Int32(), new arrow.Int32())),
    nothing: arrow.vectorFromArray([null, null, null], new arrow.Null()),
  })
  const { table: rows, faults } = await read(arrow.tableToIPC(table, 'stream'))
  t.same(faults.listed, [])
  t.strictSame(toRows(withoutMixed(rows)), [
    {
      long: 2 ** 53,
      unsigned: 4e9,
      half: 0.5,
      single: 0.25,
      text: 'ü',
      long_text: 'a',
      flag: true,
      category: 'x',
      number: 7,
      nothing: null,
    },
    {
      long: null,
      unsigned: 1,
      half: -2,
      single: null,
      text: null,
      long_text: 'b',
      flag: null,
      category: null,
      number: 8,
      nothing: null,
    },
    {
      long: -3,
      unsigned: null,
      half: null,
      single: 1,
      text: '',
      long_text: null,
      flag: false,
      category: 'x',
      number: null,
      nothing: null,
    },
  ])
})

t.test('is read alike however it is cut, and in several batches', async (t) => {
  const bytes = await golden('types.arrow')
  const whole = await read(bytes)
  t.equal(whole.table.rowCount, 60)
  for (const length of [1, 7, 64, 1000]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
      Uint8Array.from(bytes.subarray(i * length, (i + 1) * length)),
    )
    t.strictSame((await read(...chunks)).table, whole.table)
  }
})

t.test('damaged streams are refused or read, and do no harm', async (t) => {
  const random = new Random(9)
  let refused = 0
  for (const name of ['pandas.arrow', 'types.arrow', 'refused.arrow']) {
    const good = await golden(name)
    for (let i = 0; i < 700; i++) {
      const bytes = Buffer.from(good.subarray(0, i % 5 === 0 ? random.integer(good.length) : good.length))
      for (let k = random.integer(4); k >= 0 && bytes.length > 0; k--) {
        bytes[random.integer(bytes.length)] =
          random.integer(2) === 0 ? random.integer(256) : ([0, 0x7f, 0x80, 0xff][random.integer(4)] as number)
      }
      try {
        const { table } = await read(bytes)
        if (table.rowCount > 1000) t.fail(`${name} ${i}: ${table.rowCount} rows`)
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'BODY_MALFORMED'))
          t.fail(`${name} ${i}: ${(error as Error).stack}`)
        refused++
      }
    }
  }
  t.ok(refused > 300, `${refused} were refused`)
})
