// What tallies say of one arm or of two, summed over phases.
import type { ClassTally, NumberTally, PairTally, PhaseCounts } from './counts.ts'
import type { ClassCell } from './f1-influence.ts'

export type PairCells = Extract<PairTally, { kind: 'classes' }>['cells']
export type PairNumbers = Extract<PairTally, { kind: 'numbers' }>

export interface RightWrong {
  readonly right: number
  readonly wrong: number
}

/** An answer is right where it is the truth and both are known classes. */
export function rightWrong(cells: readonly ClassCell[]): RightWrong {
  const right = cells.reduce((sum, [answer, truth, count]) => sum + (isRight(answer, truth) ? count : 0), 0)
  return { right, wrong: rowsOf(cells) - right }
}

export function sizeOfArm({ right, wrong }: RightWrong): number {
  return right + wrong
}

/** null without rows. */
export function accuracyOf(of: RightWrong): number | null {
  return sizeOfArm(of) > 0 ? of.right / sizeOfArm(of) : null
}

export function isRight(answer: number, truth: number): boolean {
  return answer === truth && answer >= 0
}

export function rowsOf(cells: readonly ClassCell[]): number {
  return cells.reduce((sum, [, , count]) => sum + count, 0)
}

/** The cells of each of the two that a pair compares. */
export function armsOfPairs(cells: PairCells): { control: ClassCell[]; treatment: ClassCell[] } {
  return {
    control: cells.map(([control, , truth, count]) => [control, truth, count]),
    treatment: cells.map(([, treatment, truth, count]) => [treatment, truth, count]),
  }
}

/** Of one arm in a phase. */
export function classCellsOf({ tallies }: PhaseCounts, arm: number): readonly ClassCell[] {
  const tally = tallies[arm]
  return tally?.kind === 'classes' ? tally.cells : []
}

/** Labelled rows. */
export function sizeOf(tally: ClassTally | NumberTally | PairTally): number {
  return tally.kind === 'numbers' ? tally.count : tally.cells.reduce((sum, cell) => sum + (cell.at(-1) as number), 0)
}

export function addNumbers(tallies: readonly NumberTally[]): NumberTally {
  const sum = { kind: 'numbers' as const, count: 0, absolute: 0, squares: 0, fourths: 0 }
  for (const tally of tallies) {
    sum.count += tally.count
    sum.absolute += tally.absolute
    sum.squares += tally.squares
    sum.fourths += tally.fourths
  }
  return sum
}

export function addPairNumbers(tallies: readonly PairNumbers[]): PairNumbers {
  const sum = { kind: 'numbers' as const, count: 0, absolute: 0, absoluteSquares: 0, squares: 0, squareSquares: 0 }
  for (const tally of tallies) {
    sum.count += tally.count
    sum.absolute += tally.absolute
    sum.absoluteSquares += tally.absoluteSquares
    sum.squares += tally.squares
    sum.squareSquares += tally.squareSquares
  }
  return sum
}
