// Accuracy of two arms that predicted the same rows.
import { asymptoticInterval, EACH_KIND_MIN, exactInterval, hasBothKinds } from './accuracy-interval.ts'
import { type Comparison, type ComparisonLevel, PAIRED_SHARPEST_AT } from './compared.ts'
import { momentsOf } from './moments.ts'
import { lnEOfPhases } from './phase-evidence.ts'
import { accuracyOf, armsOfPairs, isRight, type PairCells, rightWrong, sizeOfArm } from './tallies.ts'

/**
 * Rows that just one of the two predicted rightly are as many for each where the arms are equally good (McNemar 1947), which the
 * binomial e-process tests at any look. Nothing is said without such a row. O(cells).
 */
export function comparePairedAccuracy(cells: PairCells, level: ComparisonLevel): Comparison {
  const arms = armsOfPairs(cells)
  const [control, treatment] = [rightWrong(arms.control), rightWrong(arms.treatment)]
  const rows = sizeOfArm(control)
  const discordant = discordantOf(cells)
  const { controlRight, treatmentRight } = discordant
  const [differing, sum] = [treatmentRight + controlRight, treatmentRight - controlRight]
  const isTrusted = differing >= EACH_KIND_MIN && hasBothKinds(control) && hasBothKinds(treatment)
  const moments = isTrusted ? momentsOf(rows, sum, differing) : undefined
  const events = { successes: treatmentRight, failures: controlRight, share: 0.5 }
  const test = { alpha: level.alpha, sharpestAt: PAIRED_SHARPEST_AT, side: 'two-sided' } as const
  return {
    method: 'paired_e_process',
    controlUnits: rows,
    treatmentUnits: rows,
    control: accuracyOf(control),
    treatment: accuracyOf(treatment),
    difference: rows > 0 ? sum / rows : null,
    discordant,
    lnE: differing > 0 ? lnEOfPhases([events], test) : undefined,
    ...(moments
      ? asymptoticInterval({ value: moments.mean, standardError: Math.sqrt(moments.variance / rows), rows }, level)
      : exactInterval(
          { right: treatmentRight, wrong: rows - treatmentRight },
          { right: controlRight, wrong: rows - controlRight },
          level,
        )),
  }
}

function discordantOf(cells: PairCells): { controlRight: number; treatmentRight: number } {
  let [controlRight, treatmentRight] = [0, 0]
  for (const [control, treatment, truth, count] of cells) {
    const [isControlRight, isTreatmentRight] = [isRight(control, truth), isRight(treatment, truth)]
    if (isControlRight && !isTreatmentRight) controlRight += count
    if (isTreatmentRight && !isControlRight) treatmentRight += count
  }
  return { controlRight, treatmentRight }
}
