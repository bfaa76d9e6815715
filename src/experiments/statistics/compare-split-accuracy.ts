// Accuracy of two arms that predicted different rows.
import { asymptoticInterval, EACH_KIND_MIN, exactInterval, hasBothKinds } from './accuracy-interval.ts'
import { type Comparison, type ComparisonLevel, SPLIT_SHARPEST_AT, shareOf } from './compared.ts'
import type { PhaseCounts } from './counts.ts'
import { differenceOfPhases, type PhaseMeans } from './difference-of-phases.ts'
import type { Moments } from './moments.ts'
import { lnEOfPhases } from './phase-evidence.ts'
import { accuracyOf, classCellsOf, type RightWrong, rightWrong, sizeOfArm } from './tallies.ts'

interface Counted {
  readonly share: number
  readonly control: RightWrong
  readonly treatment: RightWrong
}

/**
 * A wrong prediction is the challenger's as often as its share says where the arms are equally good. Conditioning on wrong
 * predictions takes the base rate out, so it may move. Nothing is said before both arms have a row and one of them is wrong. O(cells).
 */
export function compareSplitAccuracy(phases: readonly PhaseCounts[], arm: number, level: ComparisonLevel): Comparison {
  const counted = phases.flatMap((phase): Counted[] => {
    const share = shareOf(phase, arm)
    const [control, treatment] = [rightWrong(classCellsOf(phase, 0)), rightWrong(classCellsOf(phase, arm))]
    return share === undefined ? [] : [{ share, control, treatment }]
  })
  const [control, treatment] = [total(counted, 'control'), total(counted, 'treatment')]
  const values = { control: accuracyOf(control), treatment: accuracyOf(treatment) }
  const plain = differenceOfPhases(meansOf(counted, 1))
  const isTrusted = hasBothKinds(control) && hasBothKinds(treatment)
  const trusted = isTrusted ? differenceOfPhases(meansOf(counted, EACH_KIND_MIN)) : undefined
  const estimate = trusted && trusted.standardError > 0 ? trusted : undefined
  const events = counted.map(({ share, control, treatment }) => ({
    ...{ share, successes: treatment.wrong, failures: control.wrong },
  }))
  const test = { alpha: level.alpha, sharpestAt: SPLIT_SHARPEST_AT, side: 'two-sided' } as const
  const withRows = counted.filter((phase) => sizeOfArm(phase.control) + sizeOfArm(phase.treatment) > 0)
  return {
    method: 'binomial_e_process',
    controlUnits: sizeOfArm(control),
    treatmentUnits: sizeOfArm(treatment),
    ...values,
    difference: (estimate ?? plain)?.value ?? null,
    lnE: plain && control.wrong + treatment.wrong > 0 ? lnEOfPhases(events, test) : undefined,
    ...(estimate
      ? asymptoticInterval(estimate, level)
      : // Over phases with their own splits, shares of all rows are no fair comparison.
        withRows.length === 1
        ? exactInterval(treatment, control, level)
        : { interval: null }),
  }
}

/** Of the phases in which each of the two arms has so many rows. */
function meansOf(counted: readonly Counted[], rowsMin: number): PhaseMeans[] {
  return counted
    .filter((phase) => sizeOfArm(phase.control) >= rowsMin && sizeOfArm(phase.treatment) >= rowsMin)
    .map((phase) => ({ control: proportion(phase.control), treatment: proportion(phase.treatment) }))
}

function proportion(of: RightWrong): Moments {
  const count = sizeOfArm(of)
  const mean = of.right / count
  return { count, mean, variance: mean * (1 - mean) }
}

function total(counted: readonly Counted[], arm: 'control' | 'treatment'): RightWrong {
  return {
    right: counted.reduce((sum, phase) => sum + phase[arm].right, 0),
    wrong: counted.reduce((sum, phase) => sum + phase[arm].wrong, 0),
  }
}
