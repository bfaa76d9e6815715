// Evidence over phases, whose splits differ.
import { type BinomialCounts, binomialLnE, concentrationOf, type Side } from './binomial-e-process.ts'

/** Events of a phase by whose they are: successes are the challenger's, failures the control's. */
export interface PhaseEvents extends BinomialCounts {
  /** The probability that an event is the challenger's where the two arms are alike; above 0, below 1. */
  readonly share: number
}

export interface BinomialTest {
  readonly alpha: number
  /** Events after which the test is sharpest. */
  readonly sharpestAt: number
  readonly side: Side
}

/**
 * ln E against "an event is as likely in both arms" (or, with a ratio, "at most `ratio` times as likely in the challenger"). Phases
 * of the same share are one stream of events and count together; those of different shares are disjoint, and their E multiply. O(phases²).
 */
export function lnEOfPhases(
  phases: readonly PhaseEvents[],
  { alpha, sharpestAt, side }: BinomialTest,
  ratio = 1,
): number {
  const concentration = concentrationOf(sharpestAt, alpha, side)
  return sameShares(phases).reduce((sum, events) => {
    const odds = (events.share / (1 - events.share)) * ratio
    return sum + binomialLnE(events, odds / (1 + odds), concentration, side)
  }, 0)
}

/** Phases with the same share added up, without those that have no events. */
function sameShares(phases: readonly PhaseEvents[]): PhaseEvents[] {
  const streams: PhaseEvents[] = []
  for (const phase of phases) {
    if (phase.successes + phase.failures === 0) continue
    const at = streams.findIndex(({ share }) => Math.abs(share - phase.share) < 1e-9)
    const before = streams[at]
    if (before === undefined) streams.push(phase)
    else {
      const [successes, failures] = [before.successes + phase.successes, before.failures + phase.failures]
      streams[at] = { share: before.share, successes, failures }
    }
  }
  return streams
}
