// What rows are read as, and what is told of it. Right values are those of pandas: test/golden/generate_readings.py.
import { readFileSync } from 'node:fs'
import * as arrow from 'apache-arrow'
import t from 'tap'
import { MISSING_MARKS } from '../../src/model/missing-marks.ts'
import { toRows } from '../../src/model/table.ts'
import { readPredictionFeatures } from '../../src/prediction/predict.ts'
import { fitted, heardOf, predicted, predictedHere, readWork, refusals, toldOf } from '../support/readings.ts'

interface Golden {
  readonly marks: string[]
  readonly files: {
    readonly name: string
    readonly csv: string
    readonly options: { readonly sep?: string; readonly decimal?: string; readonly na_values?: string[] }
    readonly rows: Record<string, number | null>[]
  }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/readings.json', import.meta.url), 'utf8'))

const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i))
const kindsOf = ({ features }: Awaited<ReturnType<typeof readWork>>) => features.columns.map(({ kind }) => kind)

t.test('the marks of missing values are those of pandas, and three more', async (t) => {
  t.same([...MISSING_MARKS].sort(), [...golden.marks, '?', '-', '.'].sort())
})

for (const { name, csv, options, rows } of golden.files) {
  t.test(`a file with ${name} is read as pandas reads it`, async (t) => {
    const query = {
      ...(options.decimal === ',' ? { decimal: 'comma' } : {}),
      ...(options.na_values === undefined ? {} : { na_values: options.na_values.join() }),
    }
    const work = await readWork('anomalies', 'csv', csv, query)
    t.same(toRows(work.features), rows)
    t.equal(toldOf(work).includes('SEPARATOR_FOUND'), options.sep !== undefined)
  })
}

t.test('one mark among numbers is a missing value, in every form and every spelling', async (t) => {
  for (const mark of [...MISSING_MARKS, ' NA ', '  ', 'NAN']) {
    const cells = times(50, (i) => (i === 7 ? mark : i / 4))
    const rows = cells.map((x, i) => ({ x, y: i }))
    const csv = `x,y\n${cells.map((x, i) => `${x === mark && mark !== '' ? mark : x},${i}\n`).join('')}`
    const json = { features: rows.map(({ x }) => ({ x })), labels: rows.map(({ y }) => ({ y })) }
    for (const work of [
      await readWork('regressor', 'csv', csv, { labels: 'y' }),
      await readWork('regressor', 'csv', csv.replace(`\n${mark},`, `\n"${mark}",`), { labels: 'y' }),
      await readWork('regressor', 'json', json),
      await readWork('regressor', 'ndjson', rows.map((row) => JSON.stringify(row)).join('\n'), { labels: 'y' }),
    ]) {
      t.same(kindsOf(work), ['numeric'], JSON.stringify(mark))
      t.same(toRows(work.features)[7], { x: null })
      t.equal(toRows(work.features)[8]?.['x'], 2)
    }
    const { run } = await readWork('regressor', 'json', json)
    t.match(run.warnings, [{ code: 'MISSING_MARKS', column: 'x', message: /^1 cell \(.*\) were read as missing/ }])
  }
})

t.test('Infinity as text is refused by name, NaN is missing', async (t) => {
  const json = (word: string) => ({
    features: times(30, (i) => ({ x: i === 3 ? word : i })),
    labels: times(30, (i) => ({ y: i })),
  })
  for (const word of ['Infinity', '-Infinity', 'inf', '-inf', '+Inf']) {
    t.same(await refusals('regressor', 'json', json(word)), [`features 3 x expected a finite number, got ${word}`])
    const csv = `x,y\n${times(30, (i) => `${i === 3 ? word : i},${i}\n`).join('')}`
    t.same(await refusals('regressor', 'csv', csv, { labels: 'y' }), [
      `features 3 x expected a finite number, got ${word}`,
    ])
  }
  t.same(kindsOf(await readWork('regressor', 'json', json('NaN'))), ['numeric'])
})

t.test('marks in a column of booleans are missing', async (t) => {
  const work = await readWork('classifier', 'csv', 'b,y\ntrue,p\nfalse,q\nNA,p\n?,q\n', { labels: 'y' })
  t.same(toRows(work.features), [{ b: true }, { b: false }, { b: null }, { b: null }])
  t.same(toldOf(work), ['MISSING_MARKS b'])
  const pipeline = await fitted('classifier', work)
  t.same((await predicted(pipeline, 'csv', 'b\nNA\n')).told, ['MISSING_MARKS b 1'])
  t.same((await predictedHere(pipeline, [{ b: 'NA' }])).told, ['MISSING_MARKS b 1'])
})

t.test('marks in a column of text are values of their own, which is told, unless the caller names them', async (t) => {
  const csv = 'c,y\nred,p\nNA,q\nblue,p\n?,q\nNA,q\n'
  const kept = await readWork('classifier', 'csv', csv, { labels: 'y' })
  t.same(
    toRows(kept.features).map((row) => row['c']),
    ['red', 'NA', 'blue', '?', 'NA'],
  )
  t.match(kept.run.warnings, [{ code: 'MARKS_KEPT', column: 'c', message: /^3 cells \(\?, NA\) are values/ }])
  const named = await readWork('classifier', 'csv', csv, { labels: 'y', na_values: 'NA' })
  t.same(
    toRows(named.features).map((row) => row['c']),
    ['red', null, 'blue', '?', null],
  )
  t.same(toldOf(named), ['MISSING_MARKS c', 'MARKS_KEPT c'])
  const pipeline = await fitted('classifier', named)
  for (const told of [
    await predicted(pipeline, 'csv', 'c\nNA\n'),
    await predicted(pipeline, 'json', '{"features":[{"c":"NA"}]}'),
    await predictedHere(pipeline, [{ c: 'NA' }]),
  ]) {
    t.same(told.told, ['MISSING_MARKS c 1'])
  }
})

t.test('a column of which nearly all values are numbers is a fault, which the caller settles', async (t) => {
  const features = times(100, (i) => ({ x: i === 4 || i === 9 ? `about ${i}` : i }))
  const labels = times(100, (i) => ({ y: i }))
  const [fault, ...others] = await refusals('regressor', 'json', { features, labels })
  t.match(
    fault,
    /^features 4 x 98 of 100 values are numbers, 2 are not \(first in rows 4, 9\): name .* in na_values, or .* in column_types$/,
  )
  t.same(others, [])
  const csv = `x,y\n${times(100, (i) => `${features[i]?.x},${i}\n`).join('')}`
  t.same(await refusals('regressor', 'csv', csv, { labels: 'y' }), [fault])
  const named = await readWork('regressor', 'json', { features, labels, na_values: ['about 4', 'about 9'] })
  t.same([kindsOf(named), toldOf(named)], [['numeric'], ['MISSING_MARKS x']])
  const said = await readWork('regressor', 'json', { features, labels, column_types: { x: 'categorical' } })
  t.same([kindsOf(said), toldOf(said)], [['categorical'], []])
  t.same(await refusals('regressor', 'json', { features, labels, column_types: { x: 'numeric' } }), [
    'features 4 x expected a number, got text that is none',
    'features 9 x expected a number, got text that is none',
  ])
})

t.test('numbers that stand for a missing value are missing at training and at prediction', async (t) => {
  const features = times(40, (i) => ({ x: i % 10 === 0 ? -999 : i }))
  const labels = times(40, (i) => ({ y: i % 10 === 0 ? 7 : i }))
  const work = await readWork('regressor', 'json', { features, labels, na_values: [-999, 'unknown'] })
  t.same(toRows(work.features)[10], { x: null })
  t.match(work.run.warnings, [{ code: 'MISSING_MARKS', message: /^4 cells \(-999\)/ }])
  const pipeline = await fitted('regressor', work)
  const missing = await predictedHere(pipeline, [{ x: null }])
  t.same(missing, { rows: missing.rows, told: [], isShort: true })
  for (const x of [-999, '-999', 'unknown', 'NA', -999.0]) {
    const told = ['MISSING_MARKS x 1']
    t.same(await predictedHere(pipeline, [{ x }]), { rows: missing.rows, told, isShort: false }, String(x))
    t.same(await predicted(pipeline, 'csv', `x\n${x}\n`), { rows: missing.rows, told })
    t.same(await predicted(pipeline, 'ndjson', JSON.stringify({ x })), { rows: missing.rows, told })
  }
  const column = arrow.vectorFromArray([-999n], new arrow.Int64())
  const bytes = arrow.tableToIPC(new arrow.Table({ x: column }), 'stream')
  t.same(await predicted(pipeline, 'arrow', bytes), { rows: missing.rows, told: ['MISSING_MARKS x 1'] })
})

t.test('a postcode is the same in CSV and JSON, with and without zeros before it', async (t) => {
  const csv = `plz,y\n${'01234,1\n51234,2\n99999,3\n5.10,4\n'.repeat(50)}`
  const work = await readWork('classifier', 'csv', csv, { labels: 'y' })
  t.same(work.features.columns[0]?.kind === 'categorical' && work.features.columns[0].levels, [
    '01234',
    '5.10',
    '51234',
    '99999',
  ])
  t.match(work.run.warnings, [
    { code: 'COLUMN_MIXED', column: 'plz', message: /150 of 200 values are numbers, 50 are not, some of them digits/ },
  ])
  const pipeline = await fitted('classifier', work)
  const right = [{ y: 1 }, { y: 2 }, { y: 3 }, { y: 4 }]
  const texts = ['01234', '51234', '99999', '5.10']
  t.same(await predicted(pipeline, 'csv', `plz\n${texts.join('\n')}\n`), { rows: right, told: [] })
  t.same(await predicted(pipeline, 'csv', 'plz\n51234\n99999\n'), { rows: right.slice(1, 3), told: [] })
  t.same(
    await predictedHere(
      pipeline,
      texts.map((plz) => ({ plz })),
    ),
    { rows: right, told: [], isShort: true },
  )
  t.same(await predictedHere(pipeline, [{ plz: 51234 }]), { rows: [{ y: 2 }], told: [], isShort: true })
  t.same(await predicted(pipeline, 'json', '{"features":[{"plz":51234},{"plz":"99999"}]}'), {
    rows: [{ y: 2 }, { y: 3 }],
    told: [],
  })
  const column = arrow.vectorFromArray([51234n, 99999n], new arrow.Int64())
  const bytes = arrow.tableToIPC(new arrow.Table({ plz: column }), 'stream')
  t.same(await predicted(pipeline, 'arrow', bytes), { rows: [{ y: 2 }, { y: 3 }], told: [] })
})

t.test('a column of text and numbers in JSON is text, and so is what is said to be categorical', async (t) => {
  const features = ['a', 1, '1', true, 'b', 2].map((c) => ({ c }))
  const labels = ['p', 'q', 'q', 'p', 'q', 'p'].map((y) => ({ y }))
  const work = await readWork('classifier', 'json', { features, labels })
  t.same(
    toRows(work.features).map(({ c }) => c),
    ['a', '1', '1', 'true', 'b', '2'],
  )
  t.same(toldOf(work), ['COLUMN_MIXED c'])
  const pipeline = await fitted('classifier', work)
  const { rows } = await predictedHere(pipeline, [{ c: '1' }, { c: 'true' }, { c: '2' }])
  t.same((await predictedHere(pipeline, [{ c: 1 }, { c: true }, { c: 2 }])).rows, rows)
  const csv = 'zip,y\n1234,p\n5.10,q\n77,q\n1234,p\n'
  const said = await readWork('classifier', 'csv', csv, { labels: 'y', column_types: '{"zip":"categorical"}' })
  t.same(
    toRows(said.features).map(({ zip }) => zip),
    ['1234', '5.10', '77', '1234'],
  )
  t.same((await predictedHere(await fitted('classifier', said), [{ zip: 1234 }])).told, [])
})

t.test('texts that are numbers are told, and are numbers where the caller says so', async (t) => {
  const features = times(20, (i) => ({ x: String(i / 2) }))
  const labels = times(20, (i) => ({ y: i }))
  const told = await readWork('regressor', 'json', { features, labels })
  t.same([kindsOf(told), toldOf(told)], [['categorical'], ['NUMBERS_AS_TEXT x']])
  const work = await readWork('regressor', 'json', { features, labels, column_types: { x: 'numeric' } })
  t.same([kindsOf(work), toldOf(work)], [['numeric'], []])
  const pipeline = await fitted('regressor', work)
  const { rows } = await predictedHere(pipeline, [{ x: 4.5 }])
  t.same(await predictedHere(pipeline, [{ x: '4.5' }]), { rows, told: [], isShort: false })
  const numbers = await readWork('regressor', 'json', { features: times(20, (i) => ({ x: i })), labels })
  await t.rejects(predictedHere(await fitted('regressor', numbers), [{ x: '4.5' }]), {
    message: /row 0 column "x": expected a number, got "4.5", a text: write the number without quotes/,
  })
  t.same(await refusals('regressor', 'json', { features, labels, column_types: { z: 'numeric', x: 'words' } }), [
    'body column_types: expected an object that says "numeric", "categorical", "time" or "text" by column; column "x" has none of them',
    'body z column_types: no row has such a column',
  ])
})

t.test('digits that all have zeros before them are text, which is told, and no decimal commas', async (t) => {
  for (const separator of [',', ';']) {
    const csv = ['zip,n,y', ...times(20, (i) => `${`0${(i % 7) + 10}`},${i},${i % 2 === 0 ? '01' : '02'}`)].join('\n')
    const work = await readWork('classifier', 'csv', csv.replaceAll(',', separator), { labels: 'y' })
    t.same(kindsOf(work), ['categorical', 'numeric'])
    const told = toldOf(work).filter((code) => code !== 'SEPARATOR_FOUND')
    t.same(told, ['NUMBERS_AS_TEXT zip', 'NUMBERS_AS_TEXT y'])
    t.same(toRows(work.labels)[1], { y: '02' })
  }
})

t.test('dates, and numbers with more than digits, are told where they become categories', async (t) => {
  const forms: Record<string, (i: number) => string> = {
    date: (i) => `2024-03-${String(i + 1).padStart(2, '0')}`,
    instant: (i) => `2024-03-11T10:${i + 10}:07.25+01:00`,
    german: (i) => `${i + 1}.3.2024`,
    american: (i) => `3/${i + 1}/24 9:05 PM`,
    clock: (i) => `${i}:30`,
    percent: (i) => `${i}.5%`,
    currency: (i) => `$${i},250.50`,
    thousands: (i) => `${i + 1},234,567`,
    negative: (i) => `(${i}.5)`,
    minus: (i) => `\u2212${i}`,
    comma: (i) => `${i},5`,
    unit: (i) => `${i} kg`,
    celsius: (i) => `${i}.5\u00b0C`,
    dollars: (i) => `USD ${i}.50`,
    rupees: (i) => `Rs. ${i + 1},500`,
    named: (i) => `${i + 1}-Jan-2023`,
    'with its month first': (i) => `Sept. ${i + 1}, 2023`,
    month: (i) => `${2000 + i}-0${1 + (i % 9)}`,
    week: (i) => `2023-W${i + 10}`,
    quarter: (i) => `Q${1 + (i % 4)} ${2000 + i}`,
  }
  const told = async (of: (i: number) => string, options: object = {}, count = 20) => {
    const features = times(count, (i) => ({ x: of(i) }))
    return toldOf(await readWork('regressor', 'json', { features, labels: times(count, (y) => ({ y })), ...options }))
  }
  for (const [name, of] of Object.entries(forms)) {
    const isTime = name === 'date' || name === 'instant'
    t.same(await told(of), [isTime ? 'TIMES_READ x' : 'MEASURES_AS_TEXT x'], name)
    t.same(await told((i) => (i === 7 ? 'oops' : of(i))), ['MEASURES_AS_TEXT x'], `${name}, and one of another form`)
    t.same(await told(of, { column_types: { x: 'categorical' } }), [], `${name}, said to be text`)
    t.same(await told(of, {}, 5), [], `${name}, of few levels`)
  }
  const plain: Record<string, (i: number) => string> = {
    code: (i) => `A${i}`,
    zip: (i) => (i % 10 === 0 ? `0123${i}` : `5123${i}`),
    range: (i) => `${i}-${i + 4}`,
    seat: (i) => `${i}${'ABCDEF'[i % 6]}`,
    version: (i) => `1.${i}.3`,
    address: (i) => `10.0.${i}.1`,
    word: (i) => 'abcdefghijklmnopqrstuvwxyz'.slice(i),
    phone: (i) => `555-01${i + 10}`,
    score: (i) => `${i}:1`,
    room: (i) => `Room ${i}`,
    part: (i) => `USB ${i}.0 2023`,
    course: (i) => `Jan ${i}`,
    title: (i) => `May ${i} be`,
  }
  for (const [name, of] of Object.entries(plain)) t.same(await told(of), [], name)
})

t.test('labels that differ only by JSON type are refused, others keep their types', async (t) => {
  const features = times(4, (a) => ({ a }))
  const told = (labels: unknown[]) => refusals('classifier', 'json', { features, labels: labels.map((y) => ({ y })) })
  t.match(await told(['1', 1, true, 'true']), [
    /^labels y 2 labels can be told from another one only by JSON type, such as 1 and "1"/,
  ])
  t.match(await told(['true', true, 'a', 'a']), [/^labels y 1 label can be told/])
  const work = await readWork('classifier', 'json', { features, labels: [7, 'seven', false, 7].map((y) => ({ y })) })
  t.same(toldOf(work), ['COLUMN_MIXED y'])
  const pipeline = await fitted('classifier', work)
  t.strictSame((await predictedHere(pipeline, features)).rows, [{ y: 7 }, { y: 'seven' }, { y: false }, { y: 7 }])
  const csv = await readWork('classifier', 'csv', 'a,y\n0,7\n1,seven\n2,07\n', { labels: 'y' })
  t.strictSame(toRows(csv.labels), [{ y: '7' }, { y: 'seven' }, { y: '07' }])
  t.same(toldOf(csv), ['COLUMN_MIXED y'])
})

t.test('integers beyond 2^53 are no labels of classes, and are told as features', async (t) => {
  const [one, other] = ['9007199254740992', '9007199254740993']
  const refused = (column: string) =>
    [0, 1].map(
      (row) =>
        `labels ${row} ${column} 2 integers beyond 2^53, of which a double has not every digit: write such labels in quotes`,
    )
  const json = `{"features":[{"a":1},{"a":2}],"labels":[{"y":${one}},{"y":${other}}]}`
  t.same(await refusals('classifier', 'json', json), refused('y'))
  t.same(await refusals('classifier', 'csv', `a,y\n1,${one}\n2,${other}\n`, { labels: 'y' }), refused('y'))
  t.same(
    await refusals('classifier', 'ndjson', `{"a":1,"y":${one}}\n{"a":2,"y":${other}}`, { labels: 'y' }),
    refused('y'),
  )
  for (const type of [new arrow.Int64(), new arrow.Uint64()]) {
    const y = arrow.vectorFromArray([BigInt(one), BigInt(other)], type)
    const a = arrow.vectorFromArray([1, 2], new arrow.Float64())
    const bytes = arrow.tableToIPC(new arrow.Table({ a, y }), 'stream')
    t.same(await refusals('classifier', 'arrow', bytes, { labels: 'y' }), refused('y'))
    const said = await readWork('classifier', 'arrow', bytes, { labels: 'y', column_types: '{"y":"categorical"}' })
    t.strictSame(toRows(said.labels), [{ y: one }, { y: other }])
    t.same(toldOf(await readWork('anomalies', 'arrow', bytes)), ['INTEGERS_ROUNDED y'])
  }
  const said = await readWork('classifier', 'csv', `a,y\n1,${one}\n2,${other}\n`, {
    labels: 'y',
    column_types: '{"y":"categorical"}',
  })
  t.strictSame((await predictedHere(await fitted('classifier', said), [{ a: 1 }, { a: 2 }])).rows, [
    { y: one },
    { y: other },
  ])
  const quoted = { features: [{ a: 1 }, { a: 2 }], labels: [{ y: one }, { y: other }] }
  t.strictSame(toRows((await readWork('classifier', 'json', quoted)).labels), [{ y: one }, { y: other }])
  t.same(toldOf(await readWork('regressor', 'json', json)), ['INTEGERS_ROUNDED y'])
  const mixed = `{"features":[{"a":"x"},{"a":${other}}],"labels":[{"y":1},{"y":2}]}`
  t.match(await refusals('classifier', 'json', mixed), [
    /^features 1 a an integer of which a double has not every digit/,
  ])
  // 2^53 − 1 is the last one that is sure; numbers with an exponent or decimals are doubles as they are.
  for (const y of ['9007199254740991', '-9007199254740991', '1e300', '9007199254740993.5']) {
    t.same(await refusals('classifier', 'json', `{"features":[{"a":1},{"a":2}],"labels":[{"y":${y}},{"y":1}]}`), [])
  }
})

t.test('separators are found in the header, or said; what cannot be told is refused', async (t) => {
  const rows = [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ]
  for (const [separator, name] of [
    [';', 'semicolon'],
    ['\t', 'tab'],
    ['|', 'pipe'],
    [',', 'comma'],
  ] as const) {
    const csv = `a,b\n1,2\n3,4\n`.replaceAll(',', separator)
    t.same(toRows((await readWork('anomalies', 'csv', csv)).features), rows)
    for (const said of [name, separator]) {
      const work = await readWork('anomalies', 'csv', csv, { separator: said })
      t.same([toRows(work.features), toldOf(work)], [rows, []])
    }
  }
  t.same(toRows((await readWork('anomalies', 'csv', '"a;b",c\n1,2\n')).features), [{ 'a;b': 1, c: 2 }])
  t.same(toRows((await readWork('anomalies', 'csv', '"a,x";b\n1;2\n')).features), [{ 'a,x': 1, b: 2 }])
  t.same(toRows((await readWork('anomalies', 'csv', 'a;b\n1\n', { separator: 'comma' })).features), [{ 'a;b': 1 }])
  // The first rows tell it where the header cannot.
  t.same(toRows((await readWork('anomalies', 'csv', 'a,x;b;c\n1;2;3\n')).features), [{ 'a,x': 1, b: 2, c: 3 }])
  t.match(await refusals('anomalies', 'csv', 'a,x;b;c\n1,2;3;4\n'), [
    /has comma and semicolon, .* as separator=semicolon$/,
  ])
  t.match(await refusals('anomalies', 'csv', 'a;b|c\n1;2|3\n'), [/semicolon and pipe/])
  t.match(await refusals('anomalies', 'csv', 'a\n1\n', { separator: 'x' }), [
    'query expected comma, semicolon, tab, pipe, or the character itself',
  ])
  t.match(await refusals('anomalies', 'json', { features: [{ a: 1 }] }, { separator: 'tab' }), [
    'query it is of text/csv only',
  ])
  const pipeline = await fitted('anomalies', await readWork('anomalies', 'csv', 'a;b\n1;2\n3;4\n1;2\n5;6\n'))
  t.same(
    (await predicted(pipeline, 'csv', 'a\tb\n1\t2\n')).rows,
    (await predictedHere(pipeline, [{ a: 1, b: 2 }])).rows,
  )
})

t.test(
  'a decimal comma is found where it is sure, refused by name where it is not, or read where it is said',
  async (t) => {
    const csv = 'a;b\n1,5;2\n2;4\n3,25;1\n'
    const found = await readWork('anomalies', 'csv', csv)
    t.same(toldOf(found), ['SEPARATOR_FOUND', 'DECIMAL_FOUND'])
    const inQuotes = 'a,b\n"1,5",2\n2,4\n"3,25",1\n'
    t.same(await refusals('anomalies', 'csv', inQuotes), [
      'features 0 a 1 of 3 values are numbers, 2 are not, but have a decimal comma (first in rows 0, 2): say decimal=comma',
    ])
    t.same(await refusals('anomalies', 'csv', csv, { decimal: 'point' }), [
      'features 0 a 1 of 3 values are numbers, 2 are not, but have a decimal comma (first in rows 0, 2): say decimal=comma',
    ])
    // What can be thousands, or stands beside decimal points, is not taken for decimals.
    for (const text of ['a;b\n1,234;2\n2,345;1\n', 'a;b\n1,5;2\n3.5;1\n']) {
      t.match(await refusals('anomalies', 'csv', text), [/decimal comma|are numbers/])
    }
    const work = await readWork('anomalies', 'csv', csv, { decimal: 'comma' })
    t.same(toRows(work.features), [
      { a: 1.5, b: 2 },
      { a: 2, b: 4 },
      { a: 3.25, b: 1 },
    ])
    const pipeline = await fitted('anomalies', work)
    const { rows } = await predictedHere(pipeline, [{ a: 1.5, b: 2 }])
    t.same(await predicted(pipeline, 'csv', 'a;b\n1,5;2\n', { decimal: 'comma' }), { rows, told: [] })
    t.same((await predicted(pipeline, 'csv', 'a;b\n1,5;2\n')).rows, rows)
    await t.rejects(predicted(pipeline, 'csv', 'a;b\n1,5;2\n', { decimal: 'point' }), {
      message: /row 0 column "a": expected a number, got "1,5": write it with a point, or say decimal=comma of a CSV/,
    })
    // A point groups digits there.
    t.match(await refusals('anomalies', 'csv', `a;b\n1.234;2\n${'1,5;2\n'.repeat(20)}`, { decimal: 'comma' }), [
      /20 of 21 values are numbers/,
    ])
  },
)

t.test('numbers that may have marks of thousands are read with decimals, and that is told', async (t) => {
  const doubted = ['THOUSANDS_DOUBTED a']
  const toldOfNumbers = async (numbers: readonly string[], head = 'a;b', query = {}) => {
    const separator = head[1] as string
    const csv = `${head}\n${numbers.map((number) => `${number}${separator}1\n`).join('')}`
    const work = await readWork('anomalies', 'csv', csv, query)
    return toldOf(work).filter((told) => told.startsWith('THOUSANDS'))
  }
  for (const numbers of [
    ['500', '960', '1.000', '1.020', '12.500', '-3.250', ''],
    ['1.000', '2.000', '3.000'],
  ]) {
    t.same(await toldOfNumbers(numbers), doubted, numbers.join())
    t.same(await toldOfNumbers(numbers, 'a\tb'), doubted, numbers.join())
    // There they are decimals, as in every file of that form.
    t.same(await toldOfNumbers(numbers, 'a,b'), [], numbers.join())
  }
  const quoted = ['"1,500"', '"1,520"', '"2,480"', '"950"']
  t.same(await toldOfNumbers(quoted, 'a,b', { decimal: 'comma' }), doubted)
  t.same(await toldOfNumbers(['1,500', '1,900', '2,250'], 'a;b', { decimal: 'comma' }), doubted)
  for (const number of ['0.250', '1.25', '1.2500', '1000', '1000.250', '1e3', '00.250'])
    t.same(await toldOfNumbers(['1.000', '1.020', '1.250', number]), [], number)
  t.same(await toldOfNumbers(['1.000', '1.020', '7']), [], 'two may be so by chance')
  const work = await readWork('anomalies', 'csv', 'a;b\n1.000;1\n1.020;2\n960;3\n1.040;1\n')
  t.match(toRows(work.features)[0], { a: 1, b: 1 })
  const pipeline = await fitted('anomalies', work)
  t.same(await heardOf('a;b\n1.000;1\n1.020;2\n1.040;1\n'), ['SEPARATOR_FOUND', ...doubted])

  const advice =
    'write them without the comma where it parts thousands, or say decimal=comma where it stands before decimals'
  t.same(await refusals('anomalies', 'csv', 'a,b\n"1,500",2\n"1,520",1\n"2,480",1\n'), [
    `features a its values are numbers with a decimal comma: ${advice}`,
  ])
  t.same(await refusals('anomalies', 'csv', 'a,b\n"1,500",2\n950,4\n"2,480",1\n'), [
    `features 0 a 1 of 3 values are numbers, 2 are not, but have a decimal comma (first in rows 0, 2): ${advice}`,
  ])
  await t.rejects(predicted(pipeline, 'csv', 'a,b\n"1,500",2\n'), {
    message: /got "1,500": write it without the comma where that parts thousands; with a point, or/,
  })
})

t.test(
  'a cell that cannot be read hides nothing of what else is wrong with rows that are to be predicted',
  async (t) => {
    const pipeline = await fitted('anomalies', await readWork('anomalies', 'csv', 'n,m\n1,2\n3,4\n5,6\n1,2\n'))
    const infinite = { row: 0, column: 'n', detail: 'expected a finite number, got Infinity' }
    const text = { row: 0, column: 'm', detail: /^expected a number, got "zzz"/ }
    const faultsOf = (form: 'csv' | 'json', body: string, more = {}) =>
      readPredictionFeatures(Buffer.from(body), form, { schema: pipeline.featureSchema, ...more }).then(
        () => [],
        ({ faults }) => faults,
      )
    t.match(await faultsOf('csv', 'n,m\n1e400,zzz\n'), [infinite, text])
    t.match(await faultsOf('json', '{"features":[{"n":1e400,"m":"zzz"}]}'), [infinite, text])
    const extra = { column: 'o', detail: 'unexpected column' }
    t.match(await faultsOf('json', '{"features":[{"n":1e400,"o":1}]}'), [infinite, { column: 'm' }, extra])
    const kept = await faultsOf('json', '{"features":[{"n":1e400,"m":1,"o":1}]}', { extraColumns: 'drop' })
    t.match(kept, [infinite])
    t.equal(kept.length, 1)
    t.equal((await faultsOf('json', '{"features":[{"n":1e400,"m":1,"o":1}]}', { keyColumn: 'o' })).length, 1)
    // Where a row has too many fields, its columns are none to be judged.
    t.match(await faultsOf('csv', 'n,p\n1,2,3\n'), [{ detail: /expected 2 fields/ }])
  },
)

t.test('spaces around names are removed and told, those around values are told', async (t) => {
  const work = await readWork('classifier', 'csv', 'a, b , y\n1,red,p\n2, red,p \n3,red ,q\n', { labels: 'y' })
  t.same(
    work.features.columns.map(({ name }) => name),
    ['a', 'b'],
  )
  t.same(toldOf(work), ['SPACES_TRIMMED', 'LEVEL_SPACES b', 'LABEL_SPACES y'])
  const cased = await readWork('classifier', 'csv', 'b,y\nRed,P\nred,p\nRED ,q\nred ,q\n', { labels: 'y' })
  t.same(toldOf(cased), ['LEVEL_SPACES b', 'LEVEL_CASE b', 'LABEL_CASE y'])
  t.same(toRows((await readWork('anomalies', 'csv', '" a"\n1\n')).features), [{ ' a': 1 }])
  const told = await refusals('anomalies', 'csv', 'a, a\n1,2\n')
  t.match(told, [/the header names it twice/])
})

t.test('what is said is held to what it can be', async (t) => {
  const body = { features: [{ a: 1 }, { a: 2 }] }
  t.match(await refusals('anomalies', 'json', { ...body, na_values: 'NA' }), [
    /^body na_values: expected a list of 100/,
  ])
  t.match(await refusals('anomalies', 'json', { ...body, na_values: [{}] }), [/^body na_values/])
  t.match(await refusals('anomalies', 'json', { ...body, na_values: times(101, String) }), [/^body na_values/])
  t.match(await refusals('anomalies', 'json', { ...body, column_types: [] }), [
    /^body column_types: expected an object/,
  ])
  t.same(await refusals('anomalies', 'json', { ...body, column_types: null, na_values: null }), [])
  t.match(await refusals('anomalies', 'csv', 'a\n1\n', { column_types: '{' }), [/^query expected a JSON object/])
  t.match(await refusals('anomalies', 'csv', 'a\n1\n', { decimal: ';' }), ['query expected point or comma'])
})

t.test('no value of a row is in a warning', async (t) => {
  const features = [...times(9, (i) => ({ a: `secret ${i}`, b: i })), { a: 5, b: 'NA' }]
  const work = await readWork('anomalies', 'json', { features })
  t.same(toldOf(work), ['COLUMN_MIXED a', 'MISSING_MARKS b'])
  t.notMatch(JSON.stringify(work.run.warnings), /secret/)
})
