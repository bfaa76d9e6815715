// Decides what the windows of a series mean to its alert. Pure.
import type { RuleContent } from './rule.ts'
import { isAtLeast, type Severity } from './signals.ts'

export interface JudgedWindow {
  readonly verdict: 'bad' | 'good'
  /** Null of a good one. */
  readonly severity: Severity | null
}

export type Judgement =
  /** There is no alert, and none begins; or the alert stays as it is. */
  | { readonly step: 'none' }
  /** Some windows are bad, and not enough of them, or an alert was resolved just before. */
  | { readonly step: 'pend'; readonly severity: Severity }
  | { readonly step: 'fire'; readonly severity: Severity }
  | { readonly step: 'resolve' }

export interface Standing {
  readonly state: 'none' | 'pending' | 'firing'
  /** Whether the cooldown after the last resolution goes on. */
  readonly isCooling: boolean
}

type Counted = Pick<RuleContent, 'severityMin' | 'resolveBelow' | 'badWindows' | 'ofWindows' | 'goodWindows'>

/** windows: the last ones, the newest first. Of a firing alert "fire" says that it goes on. O(windows). */
export function judge(rule: Counted, windows: readonly JudgedWindow[], { state, isCooling }: Standing): Judgement {
  const last = windows.slice(0, rule.ofWindows)
  const bad = last.filter((window) => isBad(rule, window))
  const [newestBad] = bad
  const severity = newestBad?.severity ?? 'medium'
  if (state === 'firing') {
    const run = windows.slice(0, rule.goodWindows)
    if (run.length === rule.goodWindows && run.every((window) => isGood(rule, window))) return { step: 'resolve' }
    return newestBad === undefined || newestBad !== windows[0] ? { step: 'none' } : { step: 'fire', severity }
  }
  if (bad.length >= rule.badWindows && !isCooling) return { step: 'fire', severity }
  if (bad.length > 0) return { step: 'pend', severity }
  return state === 'pending' ? { step: 'resolve' } : { step: 'none' }
}

/** Whether the window counts as a bad one. */
export function isBad({ severityMin }: Pick<RuleContent, 'severityMin'>, { verdict, severity }: JudgedWindow): boolean {
  return verdict === 'bad' && isAtLeast(severity ?? 'medium', severityMin)
}

function isGood({ resolveBelow }: Counted, { verdict, severity }: JudgedWindow): boolean {
  return verdict === 'good' || !isAtLeast(severity ?? 'medium', resolveBelow)
}

/** How many times the threshold a value of a severity is, the most severe first. */
const TIMES: readonly (readonly [number, Severity])[] = [
  [4, 'critical'],
  [2, 'high'],
  [1, 'medium'],
]

/** What a measured value of a window is by the thresholds of its rule. */
export function judgeMeasured(
  value: number,
  { threshold, resolveThreshold }: { readonly threshold: number; readonly resolveThreshold: number },
): { readonly verdict: 'bad' | 'good'; readonly severity: Severity | undefined } {
  for (const [times, severity] of TIMES) if (value >= times * threshold) return { verdict: 'bad', severity }
  return value >= resolveThreshold ? { verdict: 'bad', severity: 'low' } : { verdict: 'good', severity: undefined }
}
