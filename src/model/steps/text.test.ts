// text() against scikit-learn's vectorizers (test/golden/generate_text.py).
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { StateError } from '../../learning/errors.ts'
import { murmur3 } from '../../learning/text-features.ts'
import { toFrame } from '../frame.ts'
import type { CategoricalColumn } from '../table.ts'
import { type EncodingStep, type Frame, stepContext } from './step.ts'
import { text } from './text.ts'

type Row = readonly (readonly [number, number])[]
interface Golden {
  readonly scikit_learn: string
  readonly texts: readonly string[]
  readonly words: readonly string[]
  readonly tfidf: readonly Row[]
  readonly count: readonly Row[]
  readonly hashing: { readonly [width: string]: readonly Row[] }
  readonly limited: { readonly width: number; readonly words: readonly string[]; readonly tfidf: readonly Row[] }
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/text.json', import.meta.url), 'utf8'))

/** Each text is the row of its place. */
function columnOf(texts: readonly string[], name = 'note'): CategoricalColumn {
  return { kind: 'categorical', name, codes: Int32Array.from(texts.keys()), levels: texts, isText: true }
}
const frameOf = (...columns: CategoricalColumn[]): Frame =>
  toFrame({ rowCount: columns[0]?.codes.length ?? 0, columns })
const frame = frameOf(columnOf(golden.texts))

function same(t: Test, step: EncodingStep, expected: readonly Row[], names?: readonly string[]): void {
  const fitted = step.fit(frame, stepContext())
  for (const [how, made] of [
    ['fitted', fitted.transform(frame)],
    ['restored', step.restore(fitted.toState()).transform(frame)],
  ] as const) {
    if (names !== undefined)
      t.same(
        made.columnNames,
        names.map((name) => `note~${name}`),
        how,
      )
    expected.forEach((row, i) => {
      const of = new Map(row)
      made.columns.forEach((column, k) => {
        const [got, want] = [column[i] as number, of.get(k) ?? 0]
        if (!(Math.abs(got - want) <= 1e-12))
          t.fail(`${how}, row ${i}, ${made.columnNames[k]}: ${want} expected, got ${got}`)
      })
    })
  }
}

t.test(`words, counts and hashes are those of scikit-learn ${golden.scikit_learn}`, async (t) => {
  same(t, text(), golden.tfidf, golden.words)
  same(t, text({ weighting: 'count' }), golden.count, golden.words)
  for (const [width, rows] of Object.entries(golden.hashing)) {
    same(t, text({ weighting: 'hashing', width: Number(width) }), rows)
  }
  same(t, text({ width: golden.limited.width }), golden.limited.tfidf, golden.limited.words)
})

t.test('hashes of MurmurHash3, as its author publishes them', async (t) => {
  // https://github.com/aappleby/smhasher: the 32-bit hash with seed 0.
  for (const [word, hash] of [
    ['', 0],
    ['hello', 0x248bfa47],
    ['hello, world', 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ] as const) {
    t.equal(murmur3(Buffer.from(word)) >>> 0, hash, word)
  }
})

t.test('other columns stay; a missing text has no words; texts of a prediction are others', async (t) => {
  const city: CategoricalColumn = {
    kind: 'categorical',
    name: 'city',
    codes: Int32Array.of(0, 1, 0),
    levels: ['a', 'b'],
  }
  const note = { ...columnOf(['red pump', 'blue pump']), codes: Int32Array.of(0, -1, 1) }
  const step = text()
  t.equal(step.isNeeded?.(frameOf(city, note)), true)
  t.equal(step.isNeeded?.(frameOf(city)), false)
  const fitted = step.fit(frameOf(city, note), stepContext())
  const made = fitted.transform(frameOf(city, note))
  t.same(made.columnNames, ['city', 'note~blue', 'note~pump', 'note~red'])
  t.same(made.sources, ['city', 'note', 'note', 'note'])
  t.same(made.isIndicator, [false, true, true, true])
  t.same(
    made.columns.slice(1).map((column) => column[1]),
    [0, 0, 0],
  )
  const later = frameOf({ ...city, codes: Int32Array.of(0) }, columnOf(['a pump, green as never before']))
  t.same(
    fitted.transform(later).columns.map((column) => column[0]),
    [0, 0, 1, 0],
  )
  for (const bad of [
    {},
    { columns: [{}] },
    { columns: [{ weighting: 'tfidf', words: ['a'], factors: new Float64Array(2) }] },
    { columns: [{ weighting: 'other', words: [], factors: new Float64Array(0) }] },
    { columns: [{ weighting: 'hashing', words: [], factors: new Float64Array(0) }] },
  ]) {
    t.throws(() => step.restore(bad as never), StateError)
  }
})
