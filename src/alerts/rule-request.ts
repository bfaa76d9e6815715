// What a caller says of a rule, checked as a whole.
import type { MemberFaults, WellFormed } from '../rows/member-faults.ts'
import { LABELS_MAX, type PutRule } from './alert-schemas.ts'
import { DEFAULT_RULES, MEASURED, type RuleContent } from './rule.ts'
import { isAtLeast, type Severity, type SignalKind } from './signals.ts'

/** As Prometheus takes names of labels. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/
const LABEL_LENGTH_MAX = 200

type GivenRule = WellFormed<(typeof PutRule)['static']>

/** The rule, with the members of the default one where none are given. */
export function ruleOf(kind: SignalKind, given: GivenRule): RuleContent {
  const standard = DEFAULT_RULES[kind]
  return {
    isEnabled: given.enabled ?? standard.isEnabled,
    severityMin: (given.severity_at_least as Severity | undefined) ?? standard.severityMin,
    resolveBelow: (given.resolve_below as Severity | undefined) ?? standard.resolveBelow,
    badWindows: given.bad_windows ?? standard.badWindows,
    ofWindows: given.of_windows ?? standard.ofWindows,
    goodWindows: given.good_windows ?? standard.goodWindows,
    cooldownSeconds: given.cooldown_seconds ?? standard.cooldownSeconds,
    repeatSeconds: given.repeat_seconds ?? standard.repeatSeconds,
    threshold: given.threshold ?? standard.threshold,
    resolveThreshold: given.resolve_threshold ?? standard.resolveThreshold,
    labels: (given.labels as RuleContent['labels'] | undefined) ?? standard.labels,
  }
}

/** Adds what its members cannot mean for this kind, or together. */
export function addRuleFaults(kind: SignalKind, given: GivenRule, faults: MemberFaults): void {
  const rule = ruleOf(kind, given)
  const refuse = (parameter: string, detail: string): void => faults.add({ in: 'body', parameter, detail })
  if (faults.areSound('severity_at_least', 'resolve_below') && !isAtLeast(rule.severityMin, rule.resolveBelow)) {
    refuse('resolve_below', `expected up to severity_at_least, ${rule.severityMin}, got ${rule.resolveBelow}`)
  }
  if (faults.areSound('bad_windows', 'of_windows') && rule.badWindows > rule.ofWindows) {
    refuse('bad_windows', `expected up to of_windows, ${rule.ofWindows}, got ${rule.badWindows}`)
  }
  if (faults.areSound('threshold', 'resolve_threshold')) {
    for (const fault of thresholdFaults(kind, rule)) refuse(...fault)
  }
  for (const fault of labelFaults(rule.labels)) refuse('labels', fault)
}

function thresholdFaults(kind: SignalKind, { threshold, resolveThreshold }: RuleContent): [string, string][] {
  const measured = MEASURED[kind]
  if (measured === undefined) {
    const detail = `only ${Object.keys(MEASURED).join(', ')} have one: windows of ${kind} come with their severity`
    const given = Object.entries({ threshold, resolve_threshold: resolveThreshold }).filter(
      ([, value]) => value !== null,
    )
    return given.map(([name]) => [name, detail])
  }
  const faults: [string, string][] = []
  if (threshold === null || threshold <= 0 || threshold > measured.max) {
    faults.push(['threshold', `expected ${measured.unit}, above 0 and up to ${measured.max}, got ${threshold}`])
  } else if (resolveThreshold === null || resolveThreshold > threshold) {
    faults.push(['resolve_threshold', `expected up to threshold, ${threshold}, got ${resolveThreshold}`])
  }
  return faults
}

function labelFaults(labels: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(labels)
  if (entries.length > LABELS_MAX) return [`expected up to ${LABELS_MAX} labels, got ${entries.length}`]
  return entries.flatMap(([name, value]) => {
    if (!LABEL_NAME.test(name)) return [`the name ${JSON.stringify(name)}: expected ${LABEL_NAME.source}`]
    const isText = typeof value === 'string' && value.length <= LABEL_LENGTH_MAX && !value.includes('\0')
    return isText ? [] : [`${name}: expected a text of up to ${LABEL_LENGTH_MAX} characters`]
  })
}
