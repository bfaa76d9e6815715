// Whether units fell into arms as the shares say.
import type { ExperimentCounts } from './counts.ts'
import { evidenceOf } from './evidence.ts'
import type { SampleRatioFinding } from './judgement.ts'
import { multinomialLnE } from './multinomial-e-process.ts'

/** E ≥ 1000: one sound split in a thousand would ever be called broken. */
const ALPHA = 0.001
/** Sharp for deviations of some percent after thousands of units. */
const CONCENTRATION = 1000

/**
 * The sequential multinomial test of units at their first exposure, by phase; phases are drawn with seeds of their own, so their E
 * multiply. A phase with units in an arm without a share says all: E is the largest that is told. O(phases × arms).
 *
 * isSplit  false where all units get the control's answer: there is no ratio then
 */
export function findSampleRatio({ phases }: ExperimentCounts, isSplit: boolean): SampleRatioFinding {
  const armCount = Math.max(0, ...phases.map(({ shares }) => shares.length))
  const expected = new Array<number>(armCount).fill(0)
  const observed = new Array<number>(armCount).fill(0)
  let [lnE, total] = [0, 0]
  for (const { shares, units } of isSplit ? phases : []) {
    const counts = shares.map((_, arm) => units[arm]?.exposed ?? 0)
    const [enrolled, exposed] = [sumOf(shares), sumOf(counts)]
    if (exposed === 0 || !(enrolled > 0)) continue
    const probabilities = shares.map((share) => share / enrolled)
    const isImpossible = counts.some((count, arm) => count > 0 && !(probabilities[arm]! > 0))
    lnE += isImpossible ? LN_E_OF_THE_IMPOSSIBLE : multinomialLnE(counts, probabilities, CONCENTRATION)
    total += exposed
    counts.forEach((count, arm) => {
      observed[arm]! += count
      expected[arm]! += exposed * (probabilities[arm] as number)
    })
  }
  const shares = {
    expectedShares: expected.map((count) => (total > 0 ? count / total : 0)),
    observedShares: observed.map((count) => (total > 0 ? count / total : 0)),
  }
  if (total === 0) return { state: 'insufficient_data', threshold: 1 / ALPHA, ...shares }
  return { state: 'ok', ...evidenceOf(lnE, ALPHA), ...shares }
}

const LN_E_OF_THE_IMPOSSIBLE = 700

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0)
}
