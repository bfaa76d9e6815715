// Plans and counts of experiments for tests of what they find.
import type { ExperimentPlan } from '../../src/experiments/experiment.ts'
import type { ArmUnits, ExperimentCounts, PhaseCounts } from '../../src/experiments/statistics/counts.ts'

export function planOf(changes: Partial<ExperimentPlan> = {}, armNames = ['a', 'b']): ExperimentPlan {
  return {
    mode: 'split',
    arms: armNames.map((name, i) => ({ name, version: i + 1, runId: i + 1 })),
    successMetrics: ['accuracy'],
    guardrails: [{ kind: 'errors', toleratedRatio: 1 }],
    minSampleSize: 1000,
    maxDurationDays: 14,
    labelWindowHours: 24,
    significanceLevel: 0.05,
    equivalenceMargin: null,
    outcomeDependsOnServing: false,
    autoPromote: false,
    ...changes,
  }
}

export function unitsOf(exposed: number, others: Partial<ArmUnits> = {}): ArmUnits {
  return { exposed, failed: 0, slow: 0, labelled: exposed, ...others }
}

/** Rows of two classes, as many of each: so many right, so many wrong. */
export function classesOf(right: number, wrong: number) {
  const [half, rest] = [Math.floor(right / 2), Math.floor(wrong / 2)]
  const cells = [
    [0, 0, half],
    [1, 1, right - half],
    [0, 1, rest],
    [1, 0, wrong - rest],
  ] as const
  return { kind: 'classes' as const, cells: cells.filter(([, , count]) => count > 0) }
}

/** Pairs of two classes: right in both, in neither, in the control alone, in the arm alone. */
export function pairsOf(both: number, neither: number, controlRight: number, treatmentRight: number) {
  const cells = [0, 1].flatMap((truth) => {
    const part = (count: number): number => (truth === 0 ? Math.floor(count / 2) : count - Math.floor(count / 2))
    const wrong = 1 - truth
    return [
      [truth, truth, truth, part(both)],
      [wrong, wrong, truth, part(neither)],
      [truth, wrong, truth, part(controlRight)],
      [wrong, truth, truth, part(treatmentRight)],
    ] as [number, number, number, number][]
  })
  return { kind: 'classes' as const, cells: cells.filter(([, , , count]) => count > 0) }
}

/** One phase, half and half unless told otherwise; units are the labelled ones unless told otherwise. */
export function phaseOf(changes: Partial<PhaseCounts> = {}): PhaseCounts {
  return {
    phase: 1,
    shares: [0.5, 0.5],
    units: [unitsOf(0), unitsOf(0)],
    tallies: [classesOf(0, 0), classesOf(0, 0)],
    pairs: [undefined, undefined],
    ...changes,
  }
}

export function countsOf(phases: readonly PhaseCounts[], multiplyExposed = 0): ExperimentCounts {
  return { classes: ['no', 'yes'], phases, multiplyExposed }
}

/** A split of classes: [right, wrong] by arm. */
export function splitCounts(arms: readonly (readonly [right: number, wrong: number])[], shares?: readonly number[]) {
  return countsOf([
    phaseOf({
      shares: shares ?? arms.map(() => 1 / arms.length),
      units: arms.map(([right, wrong]) => unitsOf(right + wrong)),
      tallies: arms.map(([right, wrong]) => classesOf(right, wrong)),
      pairs: arms.map(() => undefined),
    }),
  ])
}

/** The control answers all, and the arm predicts the same rows. */
export function shadowCounts(both: number, neither: number, controlRight: number, treatmentRight: number) {
  const rows = both + neither + controlRight + treatmentRight
  return countsOf([
    phaseOf({
      units: [unitsOf(rows), unitsOf(0)],
      tallies: [classesOf(both + controlRight, neither + treatmentRight), classesOf(0, 0)],
      pairs: [undefined, pairsOf(both, neither, controlRight, treatmentRight)],
    }),
  ])
}
