import t from 'tap'
import { naiveRows, randomBody } from '../../test/support/random-body.ts'
import { ServiceError } from '../errors.ts'
import { Random } from '../learning/random.ts'
import { parseRows } from './parse-rows.ts'
import { readPredictionFeatures } from './predict.ts'

t.test('gives the rows of a body that has nothing but rows', (t) => {
  const rowsOf = (text: string) => parseRows(Buffer.from(text))
  t.same(rowsOf('{"features":[{"a":1},{"a":null}]}'), [{ a: 1 }, { a: null }])
  t.same(rowsOf('\ufeff { "features" : [ 7 ] } '), [7], 'whatever the rows are')
  t.same(rowsOf('{"features":[1],"features":[2]}'), [2])
  for (const text of [
    '',
    '{"features":[',
    '[]',
    '[{"features":[1]}]',
    'null',
    '{}',
    '{"features":[]}',
    '{"features":{"a":1}}',
    '{"features":null}',
    '{"features":[1],"labels":[1]}',
    '{"features":[1],"__proto__":[1]}',
  ]) {
    t.equal(rowsOf(text), undefined, text)
  }
  t.equal(parseRows(Buffer.from('{"features":["\xff"]}', 'latin1')), undefined, 'not UTF-8')
  t.end()
})

t.test('leaves to the reader of bytes just the bodies that it refuses, and has as many rows', async (t) => {
  const random = new Random(11)
  const seen = { left: 0, good: 0, faulty: 0 }
  for (let i = 0; i < 2000; i++) {
    // With both names alike the last of them counts, and the body has rows alone.
    const body = Buffer.from(randomBody(random).toString('latin1').replaceAll('"labels"', '"features"'), 'latin1')
    const rows = parseRows(body)
    const read = await readPredictionFeatures(body, 'json').catch((error: unknown) => error)
    const isRefused = read instanceof ServiceError
    if (rows === undefined) {
      seen.left += 1
      if (!isRefused) t.fail(`read, but not parsed: ${body}`)
    } else if (naiveRows(rows, 'features').faults.length > 0) {
      seen.faulty += 1
      if (!isRefused) t.fail(`taken with its faults: ${body}`)
    } else {
      seen.good += 1
      if ((read as { rowCount?: number }).rowCount !== rows.length) t.fail(`${read}: ${body}`)
    }
  }
  t.ok(Math.min(seen.left, seen.good, seen.faulty) > 100, JSON.stringify(seen))
})
