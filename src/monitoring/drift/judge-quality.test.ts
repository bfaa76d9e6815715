import t from 'tap'
import type { ColumnCounts } from './column-counts.ts'
import { judgeQuality, qualityOf } from './judge-quality.ts'

const LEVEL = 1 / 1800
const numeric = (baseline: number[], counts: number[]): ColumnCounts => {
  return { role: 'feature', name: 'a', cells: { kind: 'numeric', edges: [0, 1, 2] }, baseline, counts }
}
const categorical = (baseline: number[], counts: number[]): ColumnCounts => {
  const cells = { kind: 'categorical', levels: ['x', 'y'], hasOther: true } as const
  return { role: 'feature', name: 'b', cells, baseline, counts }
}

t.test('shares that rise are bad from 5 points on, and grave from 10 and 20', async (t) => {
  // Inner, inner, below, above, missing.
  const then = [480, 500, 0, 0, 20]
  const found = (counts: number[]) => {
    const { state, severity, findings } = judgeQuality(numeric(then, counts), LEVEL)
    return [state, severity, findings]
  }
  t.same(found([480, 500, 0, 0, 20]), ['ok', undefined, []])
  t.same(found([460, 480, 0, 0, 60]), ['ok', undefined, []], 'by 4 points')
  t.same(found([440, 480, 0, 0, 80]), ['bad', 'medium', ['missing']])
  t.same(found([400, 480, 0, 120, 0]), ['bad', 'high', ['above']])
  t.same(found([300, 300, 200, 120, 80]), ['bad', 'critical', ['below', 'above', 'missing']])
  t.same(found([1000, 0, 0, 0, 0]), ['bad', 'high', ['one_cell']])
  t.same(found([10, 5, 0, 5, 5]), ['insufficient_data', undefined, []])
  t.same(found([16, 15, 0, 2, 0]), ['ok', undefined, []], 'by 6 points, of 33 rows: that may be chance')
})

t.test('levels that the training had not are told apart from its rare ones', async (t) => {
  // x, y, other, unseen, missing.
  const { findings, shares, rows } = judgeQuality(categorical([500, 400, 100, 0, 0], [500, 300, 100, 100, 0]), LEVEL)
  t.same(findings, ['unseen'])
  t.same(shares, {
    unseen: { baseline: 0, current: 0.1, rows: 100 },
    missing: { baseline: 0, current: 0, rows: 0 },
  })
  t.equal(rows, 1000)
})

t.test('columns without counts are none, and the whole is as bad as its worst column', async (t) => {
  t.equal(judgeQuality(categorical([0, 0, 0, 0, 0], [50, 0, 0, 0, 0]), LEVEL).state, 'no_baseline')
  const bad = judgeQuality(categorical([500, 500, 0, 0, 0], [300, 300, 0, 400, 0]), LEVEL)
  const good = judgeQuality(categorical([500, 500, 0, 0, 0], [500, 500, 0, 0, 0]), LEVEL)
  t.same(qualityOf([good, bad]), { state: 'bad', severity: 'critical' })
  t.same(qualityOf([good]), { state: 'ok', severity: undefined })
  t.same(qualityOf([]), { state: 'no_baseline', severity: undefined })
})

t.test('requests that were refused for a type are bad from 5 of 100 on, with rows or without', async (t) => {
  const then = [480, 500, 0, 0, 20]
  const found = (refused: number, requests: number, counts = then) => {
    const wrongTypes = { requests, byType: { string: refused - 1, array: 1 } }
    const { state, severity, findings, refusedShare } = judgeQuality({ ...numeric(then, counts), wrongTypes }, LEVEL)
    return [state, severity, findings, refusedShare]
  }
  t.same(found(4, 100), ['ok', undefined, [], 0.04])
  t.same(found(5, 100), ['bad', 'medium', ['wrong_type'], 0.05])
  t.same(found(20, 20, [0, 0, 0, 0, 0]), ['insufficient_data', undefined, [], 1], 'of too few requests')
  t.same(found(40, 40, [0, 0, 0, 0, 0]), ['bad', 'critical', ['wrong_type'], 1], 'no row was predicted')
})
