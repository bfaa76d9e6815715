import t from 'tap'
import { naiveRows, randomBody } from '../../test/support/random-body.ts'
import { ServiceError } from '../errors.ts'
import { Random } from '../learning/random.ts'
import type { ColumnBuilder } from '../model/column-builder.ts'
import type { Fault } from '../model/faults.ts'
import { withoutMixed } from '../model/read-column.ts'
import { ByteWindow, windowOfBytes } from './byte-window.ts'
import { type ReadBody, type RowsMember, readJsonBody } from './json-body.ts'
import { type AssembledRows, TableAssembler } from './table-assembler.ts'

const MEMBERS = ['parameters', 'features', 'labels', 'validation_split']
const read = (text: string | Uint8Array): ReadBody => readJsonBody(windowOfBytes(Buffer.from(text)), MEMBERS)
const decoder = new TextDecoder('utf-8', { fatal: true })

/** What a body says, in a form that can be compared; undefined when it is refused. */
type Reading = Record<string, unknown> | undefined

/** By JSON.parse. */
function naively(bytes: Uint8Array): Reading {
  let body: Record<string, unknown>
  try {
    body = JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const rowsOf = (name: 'features' | 'labels') => {
    const rows = body[name]
    if (!Array.isArray(rows)) return rows === undefined ? 'nothing' : rows === null ? 'null' : typeof rows
    return comparable(naiveRows(rows, name))
  }
  return {
    features: rowsOf('features'),
    labels: rowsOf('labels'),
    others: ['parameters', 'validation_split'].map((name) => body[name]),
    unknown: Object.keys(body).filter((name) => !MEMBERS.includes(name)).length,
  }
}

/** By the reader of bytes, out of a window that gets its bytes in parts of these lengths, and then the rest. */
function byBytes(bytes: Uint8Array, ...lengths: number[]): Reading {
  let at = 0
  const window = new ByteWindow((target) => {
    const length = Math.min(lengths.shift() ?? target.length, target.length, bytes.length - at)
    target.set(bytes.subarray(at, at + length))
    at += length
    return length
  }, bytes.length + 1)
  try {
    const { features, labels, others, faults } = readJsonBody(window, MEMBERS)
    const rowsOf = (rows: RowsMember) =>
      'notRows' in rows ? rows.notRows : comparable({ ...withoutMixed(rows.table), faults: rows.faults.listed })
    return {
      features: rowsOf(features),
      labels: rowsOf(labels),
      others: ['parameters', 'validation_split'].map((name) => others.get(name)),
      unknown: faults.count,
    }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'BODY_MALFORMED') return undefined
    throw error
  }
}

/** Numbers as their bits, so that −0 and every digit counts; columns and faults in an order of their own. */
function comparable({
  rowCount,
  columns,
  faults,
}: Omit<ReturnType<typeof naiveRows>, 'columns'> & {
  columns: readonly ReturnType<typeof naiveRows>['columns'][number][]
}) {
  const bits = (values: Float64Array): string =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex')
  const place = ({ row, column }: Fault): string => JSON.stringify([row, column])
  return {
    rowCount,
    columns: columns
      .map((column) =>
        column.kind !== 'categorical'
          ? [column.name, bits(column.values)]
          : [column.name, [...column.codes], column.levels],
      )
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
    faults: faults.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)),
  }
}

t.test('agrees with JSON.parse on random bodies, wherever they are cut', async (t) => {
  const random = new Random(5)
  let refused = 0
  let faulty = 0
  for (let i = 0; i < 3000; i++) {
    const bytes = randomBody(random)
    const expected = JSON.stringify(naively(bytes))
    if (expected === undefined) refused++
    else if (expected.includes('"detail"')) faulty++
    const cuts = Array.from(i % 40 === 0 ? bytes.keys() : [0, random.integer(bytes.length)], (at) => [at + 1])
    const bytewise = Array.from(bytes, () => 1)
    for (const lengths of [...cuts, bytewise]) {
      const got = JSON.stringify(byBytes(bytes, ...lengths))
      if (got === expected) continue
      t.equal(got, expected, `body ${i}`, { lengths: lengths.slice(0, 3), body: bytes.toString('base64') })
      return
    }
  }
  t.ok(refused > 300, `${refused} were refused`)
  t.ok(faulty > 300, `${faulty} had faults`)
})

t.test('numbers are those of JSON.parse, to the bit', async (t) => {
  const random = new Random(6)
  const digits = (count: number): string =>
    Array.from({ length: count }, (_, i) => (i === 0 ? 1 + random.integer(9) : random.integer(10))).join('')
  const known =
    '9007199254740993 0.1 5e-324 2.2250738585072011e-308 1.7976931348623157e308 9007199254740992.5 1e23 8.5e22 0.000001 123456789012345678 4503599627370497.5 4503599627370496.5'
  const numbers = known.split(' ')
  for (let i = 0; i < 30_000; i++) {
    numbers.push(String(random.uniform()), String(random.normal() * 10 ** (random.integer(40) - 20)))
    const whole = digits(1 + random.integer(19))
    numbers.push(`${whole}.${digits(1 + random.integer(9))}`, `${whole}e${random.integer(46) - 23}`)
    // In the middle between two doubles, and right beside it.
    const middle = 2n ** 53n + 2n * BigInt(random.integer(2 ** 32)) + 1n
    numbers.push(`${middle}`, `${middle}.000`, `${middle}.001`, `${middle - 1n}.999`, `${middle}e${random.integer(4)}`)
  }
  const { features } = read(`{"features":[${numbers.map((number) => `{"a":${number}}`)}]}`)
  const [column] = 'table' in features ? features.table.columns : []
  const wrong = numbers.filter(
    (number, i) => column?.kind !== 'numeric' || !Object.is(column.values[i], Number(number)),
  )
  t.same(wrong, [])
})

const refusals: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['no body', '', /got no body/],
  ['white space', ' \n', /got no body/],
  ['a body cut short', '{"features": [', /^the body is not JSON: unexpected end at byte 14$/],
  ['what is not JSON', '{"features":[{"a":NaN}]}', /not JSON: expected a value, got "NaN}\]}" at byte 18$/],
  ['something behind the body', '{} {}', /expected the end of the body, got "\{\}" at byte 3/],
  ['an array', '[1]', /expected a JSON object, got an array/],
  ['a string', '"rows"', /got "rows"/],
  ['null', 'null', /got null/],
  [
    'invalid UTF-8 in a value',
    Uint8Array.from([...Buffer.from('{"x":"'), 0xff, ...Buffer.from('"}')]),
    /not UTF-8 \(at byte 6/,
  ],
  [
    'a surrogate in UTF-8',
    Uint8Array.from([...Buffer.from('{"features":[{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}]}')]),
    /not UTF-8/,
  ],
  ['a line break in a string', '{"a":"\n"}', /a control character in a string at byte 6/],
  ['a wrong escape', '{"features":[{"a":"\\x"}]}', /a wrong escape in a string at byte 19/],
  ['a leading zero', '{"features":[{"a":01}]}', /expected "," or "\}", got "1\}\]\}" at byte 19/],
  ['a comma too many', '{"features":[{"a":1},]}', /expected a value/],
]
for (const [what, body, detail] of refusals) {
  t.test(`refuses ${what}, and says where`, async (t) => {
    t.throws(() => read(body), { code: 'BODY_MALFORMED', message: detail })
  })
}

t.test('nesting as deep as the body is long does no harm', async (t) => {
  const depth = 300_000
  const { features } = read(`{"features":[{"a":${'['.repeat(depth)}${']'.repeat(depth)}}]}`)
  t.match('faults' in features && features.faults.listed, [{ row: 0, column: 'a', detail: /got an array/ }])
  t.throws(() => read('{"a":['.repeat(depth)), { code: 'BODY_MALFORMED' })
})

t.test('columns stand in the order of their first appearance', async (t) => {
  const { features } = read('{"features":[{"b":1,"2":1},{"1":1,"b":2,"a":0}]}')
  t.same('table' in features && features.table.columns.map(({ name }) => name), ['b', '2', '1', 'a'])
})

t.test('has a bound on columns, which becomes narrower with the rows', async (t) => {
  const wide = `{${Array.from({ length: 10_050 }, (_, i) => `"c${i}":${i}`)}}`
  const { table, faults } = read(`{"features":[${wide}]}`).features as AssembledRows
  t.equal(table.columns.length, 10_000)
  t.same(faults.listed, [{ in: 'features', row: 0, column: 'c10000', detail: 'more than 10000 columns' }])
  // Not read to the end: as a table its cells would take 4 GB.
  const long = new TableAssembler(() => 'features')
  long.beginRow()
  const columns = Array.from({ length: 10_000 }, (_, i) => long.column(`c${i}`) as ColumnBuilder)
  long.beginRows(70_002)
  t.equal(columns.filter((column) => long.has(column)).length, 7669)
  t.equal(long.dropCount, 1)
  t.equal(long.column('one more'), undefined)
})

t.test('a string, a number and a member have their bounds', async (t) => {
  let begun = 0
  const endless = new ByteWindow(
    (target) => (begun++ === 0 ? Buffer.from('{"').copy(target) : target.fill(0x78).length),
    16,
  )
  t.throws(() => readJsonBody(endless, MEMBERS), { message: /a single value of more than 67108864 bytes at byte 1/ })
  const { faults } = read(`{"parameters":{"a":"${'x'.repeat(2 ** 20)}"},"y":1,"features":[]}`)
  t.match(faults.listed, [
    { in: 'body', detail: 'unknown member "y"; expected parameters, features, labels, validation_split' },
    { in: 'body', detail: 'parameters: more than 1048576 bytes' },
  ])
})
