import t from 'tap'
import { Random } from '../../learning/random.ts'
import type { CellShape } from './cell-shape.ts'
import { compareCounts } from './compare-counts.ts'
import { drawHypergeometric } from './hypergeometric.ts'
import { joinRareCells } from './join-rare-cells.ts'
import { type JudgeOptions, judgeWindow, type WindowColumn } from './judge-window.ts'
import { effectiveSize, levelOf, noncentralityToFind, rowsForSize } from './level.ts'
import { drawMeanSquare } from './mean-square.ts'
import type { Overdispersion } from './overdispersion.ts'
import { permutationTest } from './permutation-test.ts'
import { collectEvidence, evidenceOf, pOfDay } from './shiryaev-roberts.ts'

const CATEGORIES = { kind: 'categorical' } as const
const OPTIONS: JudgeOptions = { daysPerFalseAlarm: 90, tests: 20 }

/** Rows by cell, of so many rows with these shares, then cells without rows. */
function draw(random: Random, rowCount: number, shares: readonly number[], specials = 3): number[] {
  const counts = new Array<number>(shares.length + specials).fill(0)
  for (let row = 0; row < rowCount; row++) {
    let left = random.uniform()
    let cell = 0
    while (cell < shares.length - 1 && left >= (shares[cell] as number)) left -= shares[cell++] as number
    counts[cell]! += 1
  }
  return counts
}
const TENTHS = new Array<number>(10).fill(0.1)
const zipf = (count: number): number[] => {
  const shares = Array.from({ length: count }, (_, i) => 1 / (i + 1))
  const total = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share) => share / total)
}

const numeric = (reference: number[] | undefined, current: number[], name = 'x'): WindowColumn => ({
  name,
  cells: { kind: 'numeric' },
  reference,
  current,
})

t.test('the level and the rows that are needed are those of the promise', async (t) => {
  t.equal(levelOf({ daysPerFalseAlarm: 90, tests: 20 }), 1 / 1800)
  t.equal(levelOf({ daysPerFalseAlarm: 90, tests: 20, looksPerDay: 24 }), 1 / 43_200)
  t.equal(levelOf({ daysPerFalseAlarm: 1, tests: 1 }), 0.05)
  t.equal(levelOf({ daysPerFalseAlarm: 90, tests: 0 }), 1 / 90)
  const noncentrality = noncentralityToFind(1 / 1800, 9)
  t.equal(Math.ceil(noncentrality / 0.1), 306)
  t.equal(Math.ceil(noncentrality / 0.25), 123)
  t.equal(effectiveSize(1000, 1000), 500)
  t.equal(effectiveSize(0, 9), 0)
  t.equal(rowsForSize(306, 5000), 326)
  t.equal(rowsForSize(306, 306), undefined, 'no number of rows makes up for a small reference')
})

t.test('each state has its name, and no column fails another', async (t) => {
  const random = new Random(1)
  const reference = draw(random, 5000, TENTHS)
  const quiet = draw(random, 500, TENTHS)
  const moved = draw(random, 500, [0.25, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.04, 0.03, 0.03])
  const columns: WindowColumn[] = [
    numeric(reference, quiet, 'quiet'),
    numeric(reference, moved, 'moved'),
    numeric(reference, new Array<number>(13).fill(0), 'nothing'),
    numeric(reference, draw(random, 20, TENTHS), 'few'),
    numeric([300, 0, 0, 0], [50, 0, 0, 0], 'constant'),
    numeric([300, 0, 0, 0], [0, 0, 50, 0], 'another constant'),
    numeric(undefined, quiet, 'unknown'),
    numeric(new Array<number>(13).fill(0), quiet, 'empty'),
    numeric(reference, [...quiet.slice(0, 10).map((count) => Math.round(count * 0.7)), 0, 0, 150], 'missing grows'),
    { name: 'one new', cells: CATEGORIES, reference: [1620, 800, 580, 0, 0], current: [200, 110, 80, 1, 0] },
    { name: 'a new fifth', cells: CATEGORIES, reference: [2500, 1500, 1000, 0, 0], current: [200, 120, 80, 100, 0] },
  ]
  const { columns: judged, state, severity, level } = judgeWindow(columns, OPTIONS)
  t.same(
    judged.map(({ name, state, severity }) => [name, state, severity]),
    [
      ['quiet', 'ok', undefined],
      ['moved', 'drift', 'critical'],
      ['nothing', 'insufficient_data', undefined],
      ['few', 'insufficient_data', undefined],
      ['constant', 'constant', undefined],
      ['another constant', 'drift', 'critical'],
      ['unknown', 'no_baseline', undefined],
      ['empty', 'no_baseline', undefined],
      ['missing grows', 'drift', 'critical'],
      ['one new', 'ok', undefined],
      ['a new fifth', 'drift', 'critical'],
    ],
  )
  t.equal(state, 'drift')
  t.equal(severity, 'critical')
  t.equal(level, 1 / 1800)
  t.equal(judged[0]?.rowsNeeded, 326)
  t.same(judgeWindow(columns, OPTIONS), judgeWindow(columns, OPTIONS))
  for (const { comparison } of judged) {
    for (const value of Object.values(comparison ?? {})) {
      if (typeof value === 'number') t.ok(Number.isFinite(value))
    }
  }
})

t.test('a window without a column that is known says that it knows nothing', async (t) => {
  const few = numeric(new Array<number>(13).fill(400), draw(new Random(3), 20, TENTHS))
  t.equal(judgeWindow([few, numeric(undefined, [1, 2, 3])], OPTIONS).state, 'insufficient_data')
  t.equal(judgeWindow([], OPTIONS).state, 'insufficient_data')
  t.equal(judgeWindow([numeric([90, 0, 0, 0], [9, 0, 0, 0])], OPTIONS).state, 'ok', 'a constant is known')
})

t.test('a change that is significant and tiny is no drift', async (t) => {
  const reference = new Array<number>(10).fill(100_000)
  const current = reference.map((count, cell) => count + (cell < 5 ? 2_000 : -2_000))
  const { columns } = judgeWindow([numeric([...reference, 0, 0, 0], [...current, 0, 0, 0])], OPTIONS)
  t.ok((columns[0]?.comparison?.pValue as number) < 1e-20)
  t.equal(columns[0]?.state, 'ok')
})

t.test('the same data do not differ, and which sample is the reference does not decide', async (t) => {
  const random = new Random(5)
  for (const [kind, shares, rows, other] of [
    ['numeric', TENTHS, 900, 400],
    ['categorical', zipf(50), 300, 300],
    ['categorical', zipf(50), 3000, 200],
  ] as const) {
    const a = draw(random, rows, shares)
    const b = draw(random, other, shares)
    const same = compareCounts({ cells: { kind }, reference: a, current: a }, { level: 0.01 })
    t.same([same?.statistic, same?.psi, same?.lInfinity, same?.jsDistance], [0, 0, 0, 0])
    t.ok((same?.pValue as number) > 0.99, `${same?.pValue}`)
    const there = compareCounts({ cells: { kind }, reference: a, current: b }, { level: 0.01 })
    const back = compareCounts({ cells: { kind }, reference: b, current: a }, { level: 0.01 })
    t.equal(there?.method, back?.method)
    t.ok(Math.abs((there?.statistic as number) - (back?.statistic as number)) < 1e-9)
    t.ok(Math.abs((there?.psi as number) - (back?.psi as number)) < 1e-12)
    t.ok(Math.abs((there?.pValue as number) - (back?.pValue as number)) < 1e-9, `${there?.pValue}, ${back?.pValue}`)
  }
})

t.test('p-values keep their level where nothing has changed: many cells, few rows', async (t) => {
  const random = new Random(6)
  const shares = zipf(50)
  let [rejected, rounds] = [0, 0]
  for (; rounds < 600; rounds++) {
    const [reference, current] = [draw(random, 300, shares), draw(random, 300, shares)]
    const found = compareCounts({ cells: CATEGORIES, reference, current }, { level: 0.05 })
    t.equal(found?.method, 'permutation')
    if ((found?.pValue as number) <= 0.05) rejected++
  }
  // 30 in the mean; four standard deviations.
  t.ok(rejected <= 52 && rejected >= 10, `${rejected} of ${rounds}`)
})

t.test('permutations agree with the chi-square distribution where that is exact enough', async (t) => {
  const reference = [300, 240, 200, 260, 0, 0, 0]
  const current = [100, 60, 50, 90, 0, 0, 0]
  const { statistic, pValue } = compareCounts({ cells: { kind: 'numeric' }, reference, current }, { level: 0.05 }) as {
    statistic: number
    pValue: number
  }
  let total = 0
  for (let i = 0; i < 20; i++) {
    // Other counts of the same shares would differ; more divisions do not.
    total += permutationTest(reference, current, statistic, 20_000 + i).pValue / 20
  }
  t.ok(Math.abs(total - pValue) < 0.25 * pValue, `${total}, ${pValue}`)
  const never = permutationTest([500, 0], [0, 500], 1000, 99)
  t.equal(never.pValue, 1 / 100)
})

t.test('draws without putting back have the mean and the variance of the distribution', async (t) => {
  const random = new Random(7)
  for (const [marked, others, drawn] of [
    [7, 13, 12],
    [500, 4500, 550],
    [3, 99_997, 40_000],
    [60_000, 40_000, 90_000],
  ] as const) {
    const all = marked + others
    const mean = (drawn * marked) / all
    const variance = (mean * (others / all) * (all - drawn)) / (all - 1)
    const draws = Array.from({ length: 4000 }, () => drawHypergeometric(random, marked, others, drawn))
    const found = draws.reduce((sum, count) => sum + count, 0) / draws.length
    const spread = draws.reduce((sum, count) => sum + (count - found) ** 2, 0) / draws.length
    t.ok(Math.abs(found - mean) < 4 * Math.sqrt(variance / draws.length), `${marked}: ${found}, ${mean}`)
    t.ok(Math.abs(spread / variance - 1) < 0.15, `${marked}: ${spread}, ${variance}`)
  }
  t.equal(drawHypergeometric(random, 5, 0, 3), 3)
  t.equal(drawHypergeometric(random, 0, 5, 3), 0)
  t.equal(drawHypergeometric(random, 4, 4, 8), 4)
})

t.test('mean squares have the mean 1 and the variance 2/df', async (t) => {
  const random = new Random(8)
  for (const df of [2, 9, 126]) {
    const draws = Array.from({ length: 8000 }, () => drawMeanSquare(random, df))
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
    const spread = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length
    t.ok(Math.abs(mean - 1) < 4 * Math.sqrt(2 / df / draws.length), `${df}: ${mean}`)
    t.ok(Math.abs((spread * df) / 2 - 1) < 0.2, `${df}: ${spread}`)
  }
})

t.test('where rows are alike a change is less sure, and more rows are needed', async (t) => {
  const random = new Random(9)
  const reference = draw(random, 5000, TENTHS)
  // Each row four times.
  const clustered = draw(random, 250, TENTHS).map((count) => 4 * count)
  const judge = (overdispersion?: Overdispersion) =>
    judgeWindow([{ ...numeric(reference, clustered), overdispersion }], OPTIONS).columns[0]
  const [taken, known] = [judge(), judge({ factor: 4, df: 126 })]
  t.match([taken?.overdispersion, known?.overdispersion], [1, 4])
  t.ok((known?.comparison?.pValue as number) > 10 * (taken?.comparison?.pValue as number))
  t.ok((known?.rowsNeeded as number) > 4 * (taken?.rowsNeeded as number))
})

t.test('where a baseline has other levels, unseen ones are such', async (t) => {
  const shape = { kind: 'categorical', hasOther: true } as const
  const reference = [500, 300, 200, 0, 0]
  const current = [250, 150, 60, 40, 0]
  const { columns } = judgeWindow([{ name: 'city', cells: shape, reference, current }], OPTIONS)
  t.equal(columns[0]?.comparison?.statistic, 0)
  t.ok((columns[0]?.comparison?.psi as number) < 1e-6)
  const { columns: without } = judgeWindow([{ name: 'city', cells: CATEGORIES, reference, current }], OPTIONS)
  t.equal(without[0]?.state, 'drift')
})

t.test('a few values that a baseline lacks are no change, many are', async (t) => {
  const compare = (cells: CellShape, reference: number[], current: number[]) =>
    compareCounts({ cells, reference, current }, { level: 1 / 1800 })
  const range = [...new Array<number>(10).fill(500), 0, 0, 0]
  const outside = (below: number, above: number) => [...new Array<number>(10).fill(50), below, above, 0]
  t.equal(compare({ kind: 'numeric' }, range, outside(1, 2))?.df, 9, 'they count with the outermost tenths')
  const broken = compare({ kind: 'numeric' }, range, outside(0, 25))
  t.match(broken, { df: 10, severity: 'high' })
  t.ok((broken?.pValue as number) < 1 / 1800)
  const levels = [2500, 1500, 999, 1, 0, 0]
  t.equal(compare(CATEGORIES, levels, [250, 150, 99, 0, 1, 0])?.df, 3, 'with the rarest level')
  t.match(compare(CATEGORIES, levels, [250, 150, 80, 0, 20, 0]), { df: 4, severity: 'medium' })
  t.equal(compare(CATEGORIES, [0, 90], [0, 80])?.df, 0, 'of a column without a level')
  t.equal(compare({ kind: 'numeric' }, [0, 0, 90], [0, 9, 80])?.df, 1)
})

t.test('values in clusters are as new as one of each cluster', async (t) => {
  const range = [...new Array<number>(10).fill(500), 0, 0, 0]
  const outside = [...new Array<number>(10).fill(50), 0, 8, 0]
  const compare = (overdispersion?: { factor: number; df: number }) =>
    compareCounts(
      { cells: { kind: 'numeric' }, reference: range, current: outside },
      { level: 1 / 1800, overdispersion },
    )
  t.equal(compare()?.df, 10)
  t.equal(compare({ factor: 4, df: 100 })?.df, 9)
})

t.test('rare cells are joined until each expects enough, and nothing is lost', async (t) => {
  t.same(joinRareCells([50, 40, 1, 2, 0], [50, 40, 2, 0, 0], 5), { reference: [43, 50], current: [42, 50] })
  t.same(joinRareCells([50, 6, 5], [50, 5, 6], 5), { reference: [6, 5, 50], current: [5, 6, 50] })
  t.same(joinRareCells([2, 1], [1, 1], 5), { reference: [3], current: [2] })
  const reference = [5000, 5000, 3, 0, 2, 40]
  const current = [2000, 8000, 1, 1, 0, 30]
  const found = compareCounts({ cells: CATEGORIES, reference, current }, { level: 1e-7 })
  t.equal(found?.method, 'joined')
  t.ok((found?.pValue as number) < 1e-100)
})

t.test('evidence has the mean 1 while nothing changes, and grows without bound', async (t) => {
  // ∫ e(p) dp over [0, 1], by p = exp(-x) and Simpson's rule.
  let integral = 0
  const [steps, end] = [40_000, 400]
  for (let i = 0; i <= steps; i++) {
    const x = (end * i) / steps
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2
    const p = Math.exp(-x)
    integral += weight * evidenceOf(p) * p
  }
  integral *= end / steps / 3
  // What is beyond the end is 1 / end.
  t.ok(Math.abs(integral + 1 / end - 1) < 1e-4, `${integral}`)
  t.ok(Math.abs(evidenceOf(0.5) - (1 - 0.5 + 0.5 * Math.log(0.5)) / (0.5 * Math.log(0.5) ** 2)) < 1e-12)
  t.equal(evidenceOf(1), 0.5)
  t.ok(Math.abs(evidenceOf(1 - 1e-6) - evidenceOf(1 - 1e-4)) < 1e-4)
  t.equal(collectEvidence(3, 1), 2)
  t.ok(collectEvidence(0, 0) > 1e200)
  t.ok(Number.isFinite(collectEvidence(collectEvidence(0, 0), 0)))
  t.equal(pOfDay([0.2, 0.01]), 0.02)
  t.equal(pOfDay([0.9, 0.8]), 1)
  t.equal(pOfDay([]), 1)
})
