// What a look counts of an experiment: plain numbers, recomputed from rows each time. One vote a unit and metric.
import type { Level } from '../../model/table.ts'

export interface ArmUnits {
  /** Units that were first exposed to it. */
  readonly exposed: number
  /** Of those, with at least one failed request. */
  readonly failed: number
  /** Of those, with at least one request over the budget of the latency guardrail. */
  readonly slow: number
  /** Of those, whose first labelled row is known. */
  readonly labelled: number
}

/** First labelled rows of units, by what the arm answered and what was true; codes of `classes`, −1: none of them. */
export interface ClassTally {
  readonly kind: 'classes'
  /** [answer, truth, count] */
  readonly cells: readonly (readonly [number, number, number])[]
}

/** The same of numbers: sums over rows of the error e = answer − truth. */
export interface NumberTally {
  readonly kind: 'numbers'
  readonly count: number
  /** Σ|e|, Σ e², Σ e⁴ */
  readonly absolute: number
  readonly squares: number
  readonly fourths: number
}

/** First labelled rows of units that both arms predicted. */
export type PairTally =
  /** [answer of control, answer of the arm, truth, count] */
  | { readonly kind: 'classes'; readonly cells: readonly (readonly [number, number, number, number])[] }
  | {
      readonly kind: 'numbers'
      readonly count: number
      /** Of d = |e of the arm| − |e of control|: Σd, Σd² */
      readonly absolute: number
      readonly absoluteSquares: number
      /** Of d = e² of the arm − e² of control: Σd, Σd² */
      readonly squares: number
      readonly squareSquares: number
    }

export interface PhaseCounts {
  readonly phase: number
  /** Of the keys, as they are drawn, by arm. */
  readonly shares: readonly number[]
  readonly units: readonly ArmUnits[]
  /** By arm. */
  readonly tallies: readonly (ClassTally | NumberTally)[]
  /** By arm; that of the control is undefined, and all are where nothing is paired. */
  readonly pairs: readonly (PairTally | undefined)[]
}

export interface ExperimentCounts {
  /** By code; empty of numbers. */
  readonly classes: readonly Level[]
  readonly phases: readonly PhaseCounts[]
  /**
   * Units that were exposed to more than one arm, over all phases. Like every unit they count in their first phase alone, with what
   * came in it: to leave them out would be a choice by the shares of later phases, and tilt the ratio of the arms.
   */
  readonly multiplyExposed: number
}
