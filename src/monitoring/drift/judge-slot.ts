// Judges what a version predicted in a window against its training.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Baseline } from '../../cells/baseline.ts'
import type { VersionCounts, WindowCounts } from '../cells/cell-counts.ts'
import { type ColumnJudgement, type JudgeOptions, judgeWindow } from '../statistics/judge-window.ts'
import { levelOf } from '../statistics/level.ts'
import type { Overdispersion } from '../statistics/overdispersion.ts'
import { gravestOf } from '../statistics/severity.ts'
import { collectEvidence, pOfDay } from '../statistics/shiryaev-roberts.ts'
import { type ColumnCounts, columnCountOf, columnCountsOf } from './column-counts.ts'
import { type DriftPolicy, looksPerDayOf, quietLooksMaxOf } from './drift-policy.ts'
import { type ColumnQuality, judgeQuality, qualityOf } from './judge-quality.ts'
import type { ColumnLook, LookBasis, LookState, NewLook, Slot, Window, WorstColumn } from './look.ts'
import { keyOf, overdispersionsFor, type QuietWindow } from './quiet-windows.ts'
import { HOUR_MS } from './windows.ts'

export interface SlotToJudge {
  readonly slot: Slot
  readonly window: Window
  /** Of the window, and of the time before it that it may be widened by; undefined without a row. */
  readonly counted: VersionCounts | undefined
  readonly policy: DriftPolicy
  /** Columns of all versions of the project in the window. */
  readonly tests: number
  /** Columns of the first windows of the slot, the oldest first. */
  readonly calibration: readonly QuietWindow[]
  /** What was collected before. */
  readonly evidence: number
}

const WORST_MAX = 10
/** Columns between which the thread does no other work. */
const JUDGED_AT_ONCE = 8
const ERROR_LENGTH_MAX = 200

/**
 * Where the window has too few rows it begins earlier, by whole windows, as far as the policy lets it. Gives way to others after each
 * 8 columns. Throws nothing of a column: it is `failed`, and the others are judged.
 */
export async function judgeSlot(given: SlotToJudge): Promise<NewLook> {
  const { slot, window, counted } = given
  const { projectId, environment, version } = slot
  const head = { slot: { projectId, environment, version } }
  const counts = countsIn(counted, window)
  if (counted?.baseline === undefined) {
    const state = counted === undefined ? 'insufficient_data' : 'no_baseline'
    return { ...head, window, rowCount: rowsOf(counts), ...nothingOf(state), basis: basisOf(given, [], undefined) }
  }
  const judged = await judge(given, counted.baseline, counts)
  const wider = judged.state === 'drift' ? window : widened(given, counts, judged.basis)
  if (wider === window) return { ...head, window, ...judged }
  return { ...head, window: wider, ...(await judge(given, counted.baseline, countsIn(counted, wider), true)) }
}

function nothingOf(state: LookState & ('insufficient_data' | 'no_baseline')) {
  return {
    ...{ state, severity: undefined, drifted: 0, qualityState: state, qualitySeverity: undefined },
    ...{ worst: [], columns: [] },
  }
}

function countsIn(counted: VersionCounts | undefined, { from, to }: Window): readonly WindowCounts[] {
  return counted?.windows.filter((each) => each.from >= from && each.from < to) ?? []
}

function rowsOf(windows: readonly WindowCounts[]): number {
  return windows.reduce((sum, { rowCount }) => sum + rowCount, 0)
}

/** The window, or a longer one that ends with it. */
function widened({ window, counted, policy }: SlotToJudge, counts: readonly WindowCounts[], basis: LookBasis): Window {
  const { rowsNeeded } = basis
  if (rowsNeeded === null || rowsOf(counts) >= rowsNeeded) return window
  const step = policy.windowHours * HOUR_MS
  const earliest = window.to.getTime() - policy.windowHoursMax * HOUR_MS
  let wider = window
  while (wider.from.getTime() - step >= earliest && rowsOf(countsIn(counted, wider)) < rowsNeeded) {
    wider = { from: new Date(wider.from.getTime() - step), to: window.to }
  }
  // Nothing is gained by a time without predictions.
  return rowsOf(countsIn(counted, wider)) === rowsOf(counts) ? window : wider
}

type JudgedColumn = ColumnJudgement & Pick<ColumnLook, 'role'>
type Judged = Omit<NewLook, 'slot' | 'window'>

/** isWidened: it shares rows with the looks before. */
async function judge(
  given: SlotToJudge,
  baseline: Baseline,
  windows: readonly WindowCounts[],
  isWidened = false,
): Promise<Judged> {
  const { policy, tests, calibration } = given
  const options = {
    daysPerFalseAlarm: policy.daysPerFalseAlarm,
    tests,
    looksPerDay: looksPerDayOf(policy),
  }
  const columns: ColumnLook[] = []
  const qualities: ColumnQuality[] = []
  const judgements: JudgedColumn[] = []
  const counted = columnCountsOf(baseline, windows, policy.anomalyShare)
  const overdispersions = overdispersionsFor(counted, calibration, policy)
  for (let start = 0; start < counted.length; start += JUDGED_AT_ONCE) {
    for (const [column, judged] of judgeColumns(
      counted.slice(start, start + JUDGED_AT_ONCE),
      options,
      overdispersions,
    )) {
      const { role, name, counts, wrongTypes } = column
      if ('error' in judged) {
        columns.push({ role, name, state: 'failed', counts, findings: [], error: judged.error })
        continue
      }
      if (role !== 'row') qualities.push(judged.quality)
      judgements.push({ role, ...judged.judgement })
      const refused = wrongTypes === undefined ? {} : { wrongTypes }
      columns.push({ ...lookOf(column, judged.judgement), findings: judged.quality.findings, ...refused })
    }
    await nextTurn()
  }
  const basis = basisOf(given, judgements, { baseline, isWidened })
  const quality = qualityOf(qualities)
  const drifted = columns.filter(({ state }) => state === 'drift')
  const isEvident = basis.evidence !== null && basis.evidence >= (basis.evidenceNeeded as number)
  const isKnown = columns.some(({ state }) => state === 'ok' || state === 'constant')
  const state = drifted.length > 0 || isEvident ? 'drift' : isKnown ? 'ok' : 'insufficient_data'
  return {
    rowCount: rowsOf(windows),
    state,
    severity: gravestOf(drifted.map(({ severity }) => severity)) ?? (isEvident ? 'low' : undefined),
    drifted: drifted.length,
    qualityState: quality.state,
    qualitySeverity: quality.severity,
    basis,
    worst: worstOf(columns),
    columns,
  }
}

type ColumnResult =
  | { readonly judgement: ColumnJudgement; readonly quality: ColumnQuality }
  | { readonly error: string }

/** Together, for what they share is computed once; where one of them throws, one by one. */
function judgeColumns(
  columns: readonly ColumnCounts[],
  options: JudgeOptions,
  overdispersions: ReadonlyMap<string, Overdispersion | undefined>,
): (readonly [ColumnCounts, ColumnResult])[] {
  const asked = columns.map(({ role, name, cells, baseline, counts }) => {
    return { name, cells, reference: baseline, current: counts, overdispersion: overdispersions.get(keyOf(role, name)) }
  })
  try {
    const judged = judgeWindow(asked, options)
    return columns.map((column, i) => {
      const quality = judgeQuality(column, judged.level)
      return [column, { judgement: judged.columns[i] as ColumnJudgement, quality }]
    })
  } catch (error) {
    if (columns.length > 1) return columns.flatMap((column) => judgeColumns([column], options, overdispersions))
    return columns.map((column) => [column, { error: String(error).slice(0, ERROR_LENGTH_MAX) }])
  }
}

function lookOf(
  { role, name, counts }: ColumnCounts,
  { state, comparison, overdispersion, rowsNeeded }: ColumnJudgement,
): Omit<ColumnLook, 'findings'> {
  const needed = rowsNeeded === undefined ? {} : { rowsNeeded }
  if (comparison === undefined) return { role, name, state, counts, ...needed }
  const { statistic, df, pValue, method, psi, psiExcess, jsDistance, lInfinity, cramersV } = comparison
  return {
    ...{ role, name, state, counts, ...needed },
    ...(comparison.severity === undefined ? {} : { severity: comparison.severity }),
    ...{ statistic, df, pValue, method, psi, psiExcess, jsDistance, lInfinity, cramersV, overdispersion },
    ...(comparison.ksDistance === undefined ? {} : { ksDistance: comparison.ksDistance }),
  }
}

function basisOf(
  { policy, tests, calibration, evidence }: SlotToJudge,
  judgements: readonly JudgedColumn[],
  of: { readonly baseline: Baseline; readonly isWidened: boolean } | undefined,
): LookBasis {
  const looksPerDay = looksPerDayOf(policy)
  const { daysPerFalseAlarm } = policy
  // Answers and confidence were counted on fewer rows of the training: they may need more, or never have enough.
  const needed = judgements.flatMap(({ role, rowsNeeded }) => (role === 'feature' ? (rowsNeeded ?? []) : []))
  const share = of === undefined ? 1 : tests / Math.max(1, columnCountOf(of.baseline, policy.anomalyShare))
  const evidenceNeeded = daysPerFalseAlarm * looksPerDay * Math.max(1, share)
  return {
    ...{ daysPerFalseAlarm, looksPerDay, tests, level: levelOf({ daysPerFalseAlarm, tests, looksPerDay }) },
    rowsNeeded: needed.length === 0 ? null : Math.max(...needed),
    baselineRows: of?.baseline.rowCount ?? 0,
    calibrationWindows: Math.min(calibration.length, quietLooksMaxOf(policy)),
    evidence: policy.isSequential
      ? collected(evidence, evidenceNeeded, of?.isWidened === true ? [] : judgements)
      : null,
    evidenceNeeded: policy.isSequential ? evidenceNeeded : null,
    anomalyShare: policy.anomalyShare,
  }
}

/** After an alarm it begins anew. A widened window shares rows with those before: it adds nothing. */
function collected(before: number, needed: number, judgements: readonly JudgedColumn[]): number {
  const kept = before >= needed ? 0 : before
  const pValues = judgements.flatMap(({ comparison }) => (comparison === undefined ? [] : [comparison.pValue]))
  return pValues.length === 0 ? kept : collectEvidence(kept, pOfDay(pValues))
}

function worstOf(columns: readonly ColumnLook[]): WorstColumn[] {
  const known = columns.filter(({ psiExcess }) => psiExcess !== undefined)
  return [...known]
    .sort(byGravity)
    .slice(0, WORST_MAX)
    .map(({ role, name, state, severity, psiExcess }) => {
      return { role, name, state, ...(severity === undefined ? {} : { severity }), psiExcess: psiExcess as number }
    })
}

/** Those that drift first, then by effect. */
export function byGravity(a: ColumnLook, b: ColumnLook): number {
  const drift = Number(b.state === 'drift') - Number(a.state === 'drift')
  return drift === 0 ? (b.psiExcess ?? -1) - (a.psiExcess ?? -1) : drift
}
