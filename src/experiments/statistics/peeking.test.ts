// What "valid at any time" says, on a small scale; bench/experiments measures it on a large one.
import t from 'tap'
import {
  countsOf,
  phaseOf,
  planOf,
  shadowCounts,
  splitCounts,
  unitsOf,
} from '../../../test/support/experiment-counts.ts'
import { Random } from '../../learning/random.ts'
import { judge } from './judge.ts'

const running = { assignmentEnded: false, labelsAwaited: false }
const RUNS = 200

t.test(
  'equal arms that are looked at 40 times are seldom told apart, and a usual test tells them apart often',
  async (t) => {
    let [split, paired, usual] = [0, 0, 0]
    for (let run = 1; run <= RUNS; run++) {
      const random = new Random(run)
      const arms = [
        [0, 0],
        [0, 0],
      ] as [[number, number], [number, number]]
      let [both, neither, a, b] = [0, 0, 0, 0]
      const isOnce = { split: false, paired: false, usual: false }
      for (let look = 0; look < 40; look++) {
        for (let row = 0; row < 100; row++) {
          arms[random.integer(2)]![random.uniform() < 0.9 ? 0 : 1]++
          const drawn = random.uniform()
          if (drawn < 0.03) a++
          else if (drawn < 0.06) b++
          else if (drawn < 0.13) neither++
          else both++
        }
        isOnce.split ||= judge(planOf({ minSampleSize: 1 }), splitCounts(arms), running).decision !== undefined
        const shadow = shadowCounts(both, neither, a, b)
        isOnce.paired ||= judge(planOf({ minSampleSize: 1, mode: 'shadow' }), shadow, running).decision !== undefined
        isOnce.usual ||= Math.abs(a - b) > 1.96 * Math.sqrt(a + b)
      }
      split += Number(isOnce.split)
      paired += Number(isOnce.paired)
      usual += Number(isOnce.usual)
    }
    t.ok(split <= 0.05 * RUNS, `split: ${split} of ${RUNS}`)
    t.ok(paired <= 0.05 * RUNS, `paired: ${paired} of ${RUNS}`)
    t.ok(usual > 0.2 * RUNS, `a usual test: ${usual} of ${RUNS}`)
  },
)

t.test('an arm that fails more often is stopped, and one that does not goes on', async (t) => {
  const stopped = (rate: number): number => {
    let count = 0
    for (let run = 1; run <= RUNS; run++) {
      const random = new Random(run, 1)
      const failed: [number, number] = [0, 0]
      for (let request = 1; request <= 4000; request++) {
        const arm = random.integer(2)
        if (random.uniform() >= (arm === 1 ? rate : 0.01)) continue
        failed[arm as 0 | 1]++
        const phase = phaseOf({ units: failed.map((n) => unitsOf(2000, { failed: n, labelled: 0 })) })
        if (judge(planOf(), countsOf([phase]), running).decision) {
          count++
          break
        }
      }
    }
    return count / RUNS
  }
  t.ok(stopped(0.01) <= 0.05)
  t.ok(stopped(0.05) >= 0.99)
})
