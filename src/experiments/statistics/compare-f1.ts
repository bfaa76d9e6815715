// F1 averaged over classes, of two arms.
import { hasBothKinds } from './accuracy-interval.ts'
import { sequenceOf } from './asymptotic-comparison.ts'
import type { Comparison, ComparisonLevel } from './compared.ts'
import { shareOf } from './compared.ts'
import type { PhaseCounts } from './counts.ts'
import { differenceOfPhases, type PhaseMeans } from './difference-of-phases.ts'
import { type ClassCell, classesOf, type F1Influence, f1Influence } from './f1-influence.ts'
import { type Moments, momentsOf } from './moments.ts'
import { armsOfPairs, classCellsOf, type PairCells, rightWrong, rowsOf } from './tallies.ts'

/**
 * Rows of a class that each arm must have, as truth or answer, before the mean over classes counts as normal: with fewer, one row more or
 * less moves it too far.
 */
const CLASS_ROWS_MIN = 25

/** Of rows that both arms predicted: the difference of the two influences of each row. O(cells + classes). */
export function comparePairedF1(cells: PairCells, level: ComparisonLevel): Comparison {
  const arms = armsOfPairs(cells)
  const classes = classesOf([...arms.control, ...arms.treatment])
  const [control, treatment] = [f1Influence(arms.control, classes), f1Influence(arms.treatment, classes)]
  const rows = rowsOf(arms.control)
  const values = { control: control?.value ?? null, treatment: treatment?.value ?? null }
  const common = { ...values, controlUnits: rows, treatmentUnits: rows, method: 'paired_asymptotic_sequence' as const }
  if (!control || !treatment) return { ...common, difference: null, lnE: undefined, interval: null }
  const difference = treatment.value - control.value
  let [sum, squares] = [0, 0]
  for (const [a, b, truth, count] of cells) {
    const moved = treatment.influence(b, truth) - control.influence(a, truth)
    sum += count * moved
    squares += count * moved * moved
  }
  const moments =
    isTrusted(arms.control, classes) && isTrusted(arms.treatment, classes) ? momentsOf(rows, sum, squares) : undefined
  const estimate = moments && { value: difference, standardError: Math.sqrt(moments.variance / rows), rows }
  return { ...common, difference, ...sequenceOf(estimate, level) }
}

/** Of rows that one arm each predicted, over phases. O(cells + classes). */
export function compareSplitF1(phases: readonly PhaseCounts[], arm: number, level: ComparisonLevel): Comparison {
  const counted = phases.filter((phase) => shareOf(phase, arm) !== undefined)
  const [control, treatment] = [0, arm].map((of) => counted.flatMap((phase) => classCellsOf(phase, of))) as [
    ClassCell[],
    ClassCell[],
  ]
  const classes = classesOf([...control, ...treatment])
  const values = [control, treatment].map((cells) => f1Influence(cells, classes)?.value ?? null)
  const [ofControl, ofTreatment] = values as [number | null, number | null]
  const means = counted.flatMap((phase): PhaseMeans[] => {
    const [a, b] = [scoreOf(classCellsOf(phase, 0), classes), scoreOf(classCellsOf(phase, arm), classes)]
    return a && b ? [{ control: a, treatment: b }] : []
  })
  const estimate = differenceOfPhases(means)
  const pooled = ofControl === null || ofTreatment === null ? null : ofTreatment - ofControl
  return {
    method: 'asymptotic_sequence',
    controlUnits: rowsOf(control),
    treatmentUnits: rowsOf(treatment),
    control: ofControl,
    treatment: ofTreatment,
    difference: estimate?.value ?? pooled,
    ...sequenceOf(estimate, level),
  }
}

/** The score of an arm in a phase as a mean of rows; undefined while it is not to be trusted. */
function scoreOf(cells: readonly ClassCell[], classes: readonly number[]): Moments | undefined {
  const f1: F1Influence | undefined = f1Influence(cells, classes)
  if (f1 === undefined || !isTrusted(cells, classes)) return undefined
  let [sum, squares] = [0, 0]
  for (const [answer, truth, count] of cells) {
    const moved = f1.influence(answer, truth)
    sum += count * moved
    squares += count * moved * moved
  }
  const moments = momentsOf(rowsOf(cells), sum, squares)
  return moments && { ...moments, mean: f1.value }
}

function isTrusted(cells: readonly ClassCell[], classes: readonly number[]): boolean {
  const rowsOfClass = new Map<number, number>()
  for (const [answer, truth, count] of cells) {
    for (const code of new Set([answer, truth])) rowsOfClass.set(code, (rowsOfClass.get(code) ?? 0) + count)
  }
  return hasBothKinds(rightWrong(cells)) && classes.every((code) => (rowsOfClass.get(code) ?? 0) >= CLASS_ROWS_MIN)
}
