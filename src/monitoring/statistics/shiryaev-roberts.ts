// A detector that collects evidence over days: finds small changes that no single day shows.

/**
 * What a p-value is worth as evidence against "nothing has changed": its mean is 1 while that holds. The mixture
 * ∫ κ p^(κ − 1) dκ = (1 − p + p log p) / (p log² p) (Vovk and Wang 2021, "E-values: calibration, combination and
 * applications"). p: from 0 to 1. From ½ at 1 to infinite at 0.
 */
export function evidenceOf(p: number): number {
  const x = -Math.log(Math.max(p, P_MIN))
  if (x < SMALL) return 1 / 2 + x * (1 / 6 + x / 24)
  return (Math.expm1(x) - x) / (x * x)
}
const SMALL = 1e-5
/** Below it the evidence would be no number. */
const P_MIN = 1e-300

/** Of several tests on one day: the smallest p times their number, at most 1 (Bonferroni). */
export function pOfDay(pValues: readonly number[]): number {
  return Math.min(1, Math.max(1, pValues.length) * Math.min(1, ...pValues))
}

/**
 * One day more of Shiryaev and Roberts' procedure: (1 + collected) · evidence. It starts with 0, and begins anew with 0 after an
 * alarm, which is raised at `daysPerFalseAlarm`: while nothing changes, that takes at least so many days in the mean
 * (the procedure of Shin, Ramdas and Rinaldo 2024, "E-detectors"). It holds as far as each day's p does given the days
 * before; one reference for all days breaks that a little.
 */
export function collectEvidence(collected: number, p: number): number {
  return Math.min(Number.MAX_VALUE, (1 + collected) * evidenceOf(p))
}
