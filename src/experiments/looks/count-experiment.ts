// Counts of an experiment, put together from what the database counts.
import type { Transaction } from '../../database/pool.ts'
import { compareLevels, type Level } from '../../model/table.ts'
import { type Answers, outcomesOfClasses } from '../../monitoring/performance/answers.ts'
import { drawnShares } from '../assign.ts'
import type { Experiment, Phase } from '../experiment.ts'
import type {
  ArmUnits,
  ClassTally,
  ExperimentCounts,
  NumberTally,
  PairTally,
  PhaseCounts,
} from '../statistics/counts.ts'
import {
  allowLargeSorts,
  type ClassPair,
  type CountScope,
  countClasses,
  countClassPairs,
  countMultiplyExposed,
  countUnits,
  type NumberPairs,
  sumNumberPairs,
  sumNumbers,
} from './counts-table.ts'

export type Subject = Pick<Experiment, 'experimentId' | 'projectId' | 'plan'>

/** By phase and arm, in the order of the phases. */
type Tallies = Pick<ExperimentCounts, 'classes'> & {
  readonly byPhase: ReadonlyMap<number, Pick<PhaseCounts, 'tallies' | 'pairs'>>
}

/**
 * Everything, from rows. answers: what the arms answer, of one coding; undefined where that cannot be known: then no outcome
 * is counted. O(rows · log).
 */
export async function countExperiment(
  tx: Transaction,
  subject: Subject,
  phases: readonly Phase[],
  answers: Answers | undefined,
): Promise<ExperimentCounts> {
  await allowLargeSorts(tx)
  const scope = scopeOf(subject, phases)
  const tallies = await (answers?.kind === 'numbers'
    ? tallyNumbers(tx, subject, scope, phases)
    : tallyClasses(tx, subject, scope, phases, answers?.classes))
  return together(tx, subject, scope, phases, tallies)
}

/** Units as they are now, and outcomes as they were counted before, of the same phases. O(units). */
export async function recountUnits(
  tx: Transaction,
  subject: Subject,
  phases: readonly Phase[],
  before: ExperimentCounts,
): Promise<ExperimentCounts> {
  const byPhase = new Map(before.phases.map(({ phase, tallies, pairs }) => [phase, { tallies, pairs }]))
  return together(tx, subject, scopeOf(subject, phases), phases, { classes: before.classes, byPhase })
}

/** What the arms answer, as one: classes of any of them, in order. Undefined where that of an arm is not known, or kinds differ. */
export function commonAnswers(all: readonly (Answers | undefined)[]): Answers | undefined {
  const known = all.filter((each) => each !== undefined)
  if (known.length < all.length || known.length === 0) return undefined
  if (known.every(({ kind }) => kind === 'numbers')) return { kind: 'numbers' }
  const ofClasses = known.filter((each) => each.kind === 'classes')
  if (ofClasses.length < known.length) return undefined
  const classes = [...new Set(ofClasses.flatMap((each) => each.classes))].sort(compareLevels)
  return { kind: 'classes', classes, isLargest: ofClasses.every(({ isLargest }) => isLargest) }
}

function scopeOf({ experimentId, projectId }: Subject, phases: readonly Phase[]): CountScope {
  return { experimentId, projectId, phaseCount: phases.length }
}

/** Arms are compared on the same rows where others predict what one has answered. */
function isPaired({ plan: { mode, outcomeDependsOnServing } }: Subject): boolean {
  return mode !== 'split' && !outcomeDependsOnServing
}

async function together(
  tx: Transaction,
  { plan: { arms } }: Subject,
  scope: CountScope,
  phases: readonly Phase[],
  { classes, byPhase }: Tallies,
): Promise<ExperimentCounts> {
  const units = await countUnits(tx, scope)
  const multiplyExposed = await countMultiplyExposed(tx, scope)
  return {
    classes,
    multiplyExposed,
    phases: phases.map(({ phase, shares }) => {
      const { tallies, pairs } = byPhase.get(phase) as Pick<PhaseCounts, 'tallies' | 'pairs'>
      const ofArms = arms.map((_, arm): ArmUnits => {
        const found = units.find((each) => each.phase === phase && each.arm === arm)
        const labelled = labelledIn(tallies[arm] as ClassTally | NumberTally)
        if (found === undefined) return { exposed: 0, failed: 0, slow: 0, labelled }
        return { exposed: found.exposed, failed: found.failed, slow: found.slow, labelled }
      })
      return { phase, shares: drawnShares(shares), units: ofArms, tallies, pairs }
    }),
  }
}

function labelledIn(tally: ClassTally | NumberTally): number {
  return tally.kind === 'numbers' ? tally.count : tally.cells.reduce((sum, [, , count]) => sum + count, 0)
}

async function tallyClasses(
  tx: Transaction,
  subject: Subject,
  scope: CountScope,
  phases: readonly Phase[],
  classes: readonly Level[] | undefined,
): Promise<Tallies> {
  const { arms } = subject.plan
  const known = outcomesOfClasses(classes ?? [])
  const cells = classes === undefined ? [] : await countClasses(tx, scope, known)
  const hasPairs = classes !== undefined && isPaired(subject)
  const pairs: (readonly ClassPair[] | undefined)[] = []
  for (const arm of arms.keys()) {
    pairs.push(arm === 0 || !hasPairs ? undefined : await countClassPairs(tx, scope, arm, known))
  }
  const ofPhase = (phase: number) => ({
    tallies: arms.map((_, arm): ClassTally => {
      const own = cells.filter((cell) => cell.phase === phase && cell.arm === arm)
      return { kind: 'classes', cells: own.map(({ answer, truth, count }) => [answer, truth, count] as const) }
    }),
    pairs: pairs.map((all): PairTally | undefined => {
      const own = all?.filter((cell) => cell.phase === phase)
      if (own === undefined) return undefined
      const quadruples = own.map(({ control, answer, truth, count }) => [control, answer, truth, count] as const)
      return { kind: 'classes', cells: quadruples }
    }),
  })
  return { classes: classes ?? [], byPhase: new Map(phases.map(({ phase }) => [phase, ofPhase(phase)])) }
}

async function tallyNumbers(
  tx: Transaction,
  subject: Subject,
  scope: CountScope,
  phases: readonly Phase[],
): Promise<Tallies> {
  const { arms } = subject.plan
  const sums = await sumNumbers(tx, scope)
  const hasPairs = isPaired(subject)
  const pairs: (readonly NumberPairs[] | undefined)[] = []
  for (const arm of arms.keys()) {
    pairs.push(arm === 0 || !hasPairs ? undefined : await sumNumberPairs(tx, scope, arm))
  }
  const ofPhase = (phase: number) => ({
    tallies: arms.map((_, arm): NumberTally => {
      const own = sums.find((each) => each.phase === phase && each.arm === arm)
      if (own === undefined) return { kind: 'numbers', count: 0, absolute: 0, squares: 0, fourths: 0 }
      const { count, absolute, squares, fourths } = own
      return { kind: 'numbers', count, absolute, squares, fourths }
    }),
    pairs: pairs.map((all): PairTally | undefined => {
      if (all === undefined) return undefined
      const own = all.find((each) => each.phase === phase)
      if (own === undefined) return { kind: 'numbers', ...NO_PAIRS }
      const { count, absolute, absoluteSquares, squares, squareSquares } = own
      return { kind: 'numbers', count, absolute, absoluteSquares, squares, squareSquares }
    }),
  })
  return { classes: [], byPhase: new Map(phases.map(({ phase }) => [phase, ofPhase(phase)])) }
}

const NO_PAIRS = { count: 0, absolute: 0, absoluteSquares: 0, squares: 0, squareSquares: 0 }
