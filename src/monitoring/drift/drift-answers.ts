// Looks as routes answer them.

import { type Baseline, type ColumnCells, cellNames } from '../../cells/baseline.ts'
import { figuresAnswerOf } from '../column-schemas.ts'
import { totalOf } from '../statistics/chi-square-test.ts'
import type { FoundUnseen } from '../unseen/found-levels.ts'
import { type ColumnCounts, columnCountsOf } from './column-counts.ts'
import type { FoundLook } from './drift.ts'
import { type ColumnQuality, judgeQuality, qualityOf, type RowShare } from './judge-quality.ts'
import { byGravity } from './judge-slot.ts'
import type { ColumnLook, LookBasis, LookSummary, NewLook } from './look.ts'
import type { DriftAnswer, LookAnswer, QualityAnswer } from './schemas.ts'

export function driftAnswerOf({ project, lookId, madeAt, look, baseline, unseen }: FoundLook): DriftAnswer {
  const cells = new Map(columnsOf(baseline, look.basis).map((column) => [keyOf(column), column]))
  const { basis, columns } = look
  return {
    ...(lookId === undefined ? {} : { look_id: lookId }),
    ...headOf(project, look, madeAt),
    ...driftPartsOf(look),
    basis: {
      days_per_false_alarm: basis.daysPerFalseAlarm,
      looks_per_day: basis.looksPerDay,
      tests: basis.tests,
      level: basis.level,
      ...(basis.rowsNeeded === null ? {} : { rows_needed: basis.rowsNeeded }),
      baseline_rows: basis.baselineRows,
      calibration_windows: basis.calibrationWindows,
      ...(basis.evidence === null || basis.evidenceNeeded === null
        ? {}
        : { evidence: basis.evidence, evidence_needed: basis.evidenceNeeded }),
    },
    ...anomaliesOf(look, baseline),
    columns: [...columns].sort(byGravity).map((column) => ({
      ...columnAnswerOf(column, cells.get(keyOf(column))),
      ...unseenOf(column, unseen),
    })),
  }
}

export function lookAnswerOf(project: string, look: LookSummary): LookAnswer {
  return {
    look_id: look.lookId,
    ...headOf(project, look, look.madeAt),
    ...driftPartsOf(look),
    quality_state: look.qualityState,
    ...(look.qualitySeverity === undefined ? {} : { quality_severity: look.qualitySeverity }),
    worst: look.worst.map(({ psiExcess, ...worst }) => ({ ...worst, psi_excess: psiExcess })),
  }
}

export function qualityAnswerOf({ project, lookId, madeAt, look, baseline, unseen }: FoundLook): QualityAnswer {
  const kept = new Map(look.columns.map((column) => [keyOf(column), column]))
  const ofValues = columnsOf(baseline, look.basis).filter(({ role }) => role !== 'row')
  const judged = ofValues.map((column) => {
    const { counts = column.counts, wrongTypes } = kept.get(keyOf(column)) ?? {}
    const counted = { ...column, counts, wrongTypes }
    return { column: counted, quality: judgeQuality(counted, look.basis.level) }
  })
  const { state, severity } = qualityOf(judged.map(({ quality }) => quality))
  const bad = judged.filter(({ quality }) => quality.state === 'bad')
  const others = judged.filter(({ quality }) => quality.state !== 'bad')
  return {
    ...(lookId === undefined ? {} : { look_id: lookId }),
    ...headOf(project, look, madeAt),
    state,
    ...(severity === undefined ? {} : { severity }),
    bad: bad.length,
    columns: [...bad, ...others].map(({ column, quality }) => ({
      ...qualityColumnOf(column, quality),
      ...unseenOf(column, unseen),
    })),
  }
}

function headOf(
  project: string,
  { slot, window, rowCount }: Pick<LookSummary, 'slot' | 'window' | 'rowCount'>,
  at: Date,
) {
  const { environment, version } = slot
  const times = { from: window.from.toISOString(), to: window.to.toISOString(), made_at: at.toISOString() }
  return { project, environment, version, ...times, rows: rowCount }
}

function driftPartsOf({ state, severity, drifted }: Pick<LookSummary, 'state' | 'severity' | 'drifted'>) {
  return { state, ...(severity === undefined ? {} : { severity }), drifted }
}

function columnAnswerOf(look: ColumnLook, baseline: ColumnCounts | undefined): DriftAnswer['columns'][number] {
  const { name, role, state, error, counts, overdispersion, rowsNeeded } = look
  const others = { overdispersion, rows_needed: rowsNeeded, error }
  return {
    ...{ name, role, state, rows: totalOf(counts) },
    ...figuresAnswerOf(look),
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
    ...(baseline === undefined
      ? {}
      : { kind: baseline.cells.kind, cells: cellsOf(baseline.cells, baseline.baseline, counts) }),
  }
}

function cellsOf(cells: ColumnCells, baseline: readonly number[], counts: readonly number[]) {
  return cellNames(cells).map((cell, i) => ({
    cell,
    ...(cells.kind === 'numeric' && i < cells.edges.length - 1
      ? { from: cells.edges[i] as number, to: cells.edges[i + 1] as number }
      : {}),
    baseline: baseline[i] ?? 0,
    current: counts[i] ?? 0,
  }))
}

function qualityColumnOf(
  { name, role, wrongTypes }: ColumnCounts,
  quality: ColumnQuality,
): QualityAnswer['columns'][number] {
  const { state, severity, findings, rows, shares, isOneCell, refusedShare } = quality
  return {
    ...{ name, role, state, ...(severity === undefined ? {} : { severity }), findings: [...findings], rows },
    missing: shares.missing as RowShare,
    ...(shares.unseen === undefined ? {} : { unseen: shares.unseen }),
    ...(shares.below === undefined ? {} : { below: shares.below }),
    ...(shares.above === undefined ? {} : { above: shares.above }),
    one_cell: isOneCell,
    ...(wrongTypes === undefined
      ? {}
      : { wrong_type: { requests: wrongTypes.requests, share: refusedShare, got: { ...wrongTypes.byType } } }),
  }
}

/** Nothing where no level is kept. */
function unseenOf({ role, name }: Pick<ColumnLook, 'role' | 'name'>, unseen: FoundUnseen) {
  const levels = role === 'feature' ? unseen.get(name) : undefined
  return levels === undefined ? {} : { unseen_levels: levels.map(([level, rows]) => ({ level, rows })) }
}

function columnsOf(baseline: Baseline | undefined, { anomalyShare = 0 }: LookBasis): ColumnCounts[] {
  return baseline === undefined ? [] : columnCountsOf(baseline, [], anomalyShare)
}

/** Nothing where the project has no rows scored. */
function anomaliesOf({ basis, columns }: NewLook, baseline: Baseline | undefined): Pick<DriftAnswer, 'anomalous_rows'> {
  const { anomalyShare = 0 } = basis
  if (anomalyShare === 0 || baseline === undefined) return {}
  const limit = baseline.rowForest?.limitAt(anomalyShare)
  const column = columns.find(({ role }) => role === 'row')
  if (limit === undefined || column === undefined) {
    const state =
      baseline.rowForest === undefined ? 'no_forest' : limit === undefined ? 'too_few_rows' : 'insufficient_data'
    return { anomalous_rows: { state, allowed_share: anomalyShare, rows: 0, anomalous: 0 } }
  }
  const [rows, anomalous] = [totalOf(column.counts), column.counts[1] ?? 0]
  return {
    anomalous_rows: {
      ...{ state: column.state, allowed_share: anomalyShare, expected_share: limit.anomalous / limit.heldOut },
      ...{ rows, anomalous, ...(rows === 0 ? {} : { share: anomalous / rows }) },
    },
  }
}

function keyOf({ role, name }: Pick<ColumnLook, 'role' | 'name'>): string {
  return `${role}/${name}`
}
