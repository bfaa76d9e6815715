// Figures of each arm by itself, summed over phases: what it was exposed to, how right it was, how fast.
import { present } from '../../projects/project-schemas.ts'
import type { ExperimentPlan } from '../experiment.ts'
import type { ClassTally, NumberTally, PhaseCounts } from '../statistics/counts.ts'
import type { Counted } from './look.ts'
import type { ResultsAnswer } from './result-schemas.ts'

type ArmResult = ResultsAnswer['arms'][number]

export function armFiguresOf({ arms }: ExperimentPlan, { counts, arms: times }: Counted): ArmResult[] {
  return arms.map(({ name, version }, arm) => {
    const sum = (of: 'exposed' | 'labelled' | 'failed' | 'slow'): number =>
      counts.phases.reduce((all, { units }) => all + (units[arm]?.[of] ?? 0), 0)
    const [units, labelled, failed] = [sum('exposed'), sum('labelled'), sum('failed')]
    const shareOf = (count: number): number | null => (units === 0 ? null : count / units)
    const { rows = 0, p50Ms = null, p95Ms = null, p99Ms = null } = times[arm] ?? {}
    return {
      ...{ arm: name, version, is_control: arm === 0, units, labelled, failed, slow: sum('slow'), rows },
      ...present({
        labelled_share: shareOf(labelled),
        failed_share: shareOf(failed),
        ...rightnessOf(counts.phases, arm),
        ...{ p50_ms: p50Ms, p95_ms: p95Ms, p99_ms: p99Ms },
      }),
    }
  })
}

function rightnessOf(phases: readonly PhaseCounts[], arm: number): Record<string, number | null> {
  const tallies = phases.flatMap(({ tallies }) => tallies[arm] ?? [])
  const numbers = tallies.filter((tally): tally is NumberTally => tally.kind === 'numbers')
  const count = numbers.reduce((sum, tally) => sum + tally.count, 0)
  if (count > 0) {
    const mean = (of: 'absolute' | 'squares'): number => numbers.reduce((sum, tally) => sum + tally[of], 0) / count
    return { mean_absolute_error: mean('absolute'), mean_squared_error: mean('squares') }
  }
  const cells = tallies.flatMap((tally) => (tally.kind === 'classes' ? (tally as ClassTally).cells : []))
  const labelled = cells.reduce((sum, [, , rows]) => sum + rows, 0)
  if (labelled === 0) return {}
  const right = cells.reduce((sum, [answer, truth, rows]) => sum + (answer === truth && answer >= 0 ? rows : 0), 0)
  return { accuracy: right / labelled, f1_macro: macroF1(cells) }
}

/** Over the classes that are answered or true: F1 = 2 TP / (answered + true). */
function macroF1(cells: ClassTally['cells']): number | null {
  const classes = [...new Set([...cells.map(([answer]) => answer), ...cells.map(([, truth]) => truth)])].filter(
    (code) => code >= 0,
  )
  if (classes.length === 0) return null
  const all = classes.map((code) => {
    const total = (holds: (answer: number, truth: number) => number): number =>
      cells.reduce((sum, [answer, truth, rows]) => sum + rows * holds(answer, truth), 0)
    const both = total((answer, truth) => Number(answer === code && truth === code))
    return (2 * both) / total((answer, truth) => Number(answer === code) + Number(truth === code))
  })
  return all.reduce((sum, f1) => sum + f1, 0) / all.length
}
