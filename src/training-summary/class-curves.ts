// ROC and precision-recall curves: of the second of two classes, or of each class against the rest and their averages.
import {
  areaUnder,
  averagePrecision,
  type CurvePoints,
  meanCurve,
  precisionRecallPoints,
  rankingCurve,
  rocPoints,
  thinCurve,
} from '../learning/metrics/ranking-curves.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import type { Probabilities } from '../model/output-rows.ts'
import type { ClassifierReport, CurvesOfClass } from './label-report.ts'
import { LIMITS, RANKED_ROWS_MAX, RANKED_ROWS_MIN, RANKED_SCORES_MAX } from './limits.ts'
import type { CurveReport } from './report-parts.ts'
import { rounded } from './texts.ts'

/** Points that all curves of one kind may have together, and that one of many may have at the least. */
const POINTS_TOTAL = 480
const POINTS_MIN = 18

/**
 * Over all rows, or over as many, drawn evenly, as give RANKED_SCORES_MAX scores of the classes shown. Null where there
 * are no two classes. A class without rows, or with all of them, has no curves.
 */
export function classCurves(
  trueCodes: Int32Array,
  { levels, values }: Probabilities,
  shown: readonly number[],
  seed: number,
): ClassifierReport['curves'] {
  if (levels.length < 2 || trueCodes.length === 0) return null
  const ranked = levels.length === 2 ? [1] : shown
  const rowsMax = Math.min(RANKED_ROWS_MAX, Math.max(RANKED_ROWS_MIN, Math.floor(RANKED_SCORES_MAX / ranked.length)))
  const rows = spreadRows(trueCodes.length, rowsMax, seed)
  const points = Math.max(POINTS_MIN, Math.min(LIMITS.curvePoints, Math.floor(POINTS_TOTAL / ranked.length)))
  const scores = new Float64Array(rows.length)
  const isTrue = new Uint8Array(rows.length)
  const rocs: CurvePoints[] = []
  const classes = ranked.map((code) => {
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k] as number
      scores[k] = values[row * levels.length + code] as number
      isTrue[k] = trueCodes[row] === code ? 1 : 0
    }
    if (!isTrue.includes(1) || !isTrue.includes(0)) return null
    return curvesOf(scores, isTrue, points, rocs)
  })
  const averages = levels.length === 2 ? { micro: null, macroRoc: null } : averagesOf()
  return { rows: rows.length, classes, ...averages }

  function averagesOf(): Pick<NonNullable<ClassifierReport['curves']>, 'micro' | 'macroRoc'> {
    const few = spreadRows(trueCodes.length, Math.ceil(rowsMax / 3), seed)
    const all = new Float64Array(few.length * ranked.length)
    const isOwn = new Uint8Array(all.length)
    for (let k = 0; k < few.length; k++) {
      const row = few[k] as number
      for (let c = 0, at = k * ranked.length; c < ranked.length; c++, at++) {
        all[at] = values[row * levels.length + (ranked[c] as number)] as number
        isOwn[at] = trueCodes[row] === ranked[c] ? 1 : 0
      }
    }
    const hasBoth = isOwn.includes(1) && isOwn.includes(0)
    const macro = meanCurve(rocs, LIMITS.curvePoints)
    return {
      micro: hasBoth ? curvesOf(all, isOwn, LIMITS.curvePoints, []) : null,
      macroRoc: rocs.length === 0 ? null : { roc: toReport(macro), rocAuc: rounded(areaUnder(macro)) },
    }
  }
}

function curvesOf(scores: Float64Array, isTrue: Uint8Array, points: number, rocs: CurvePoints[]): CurvesOfClass {
  const curve = rankingCurve(scores, isTrue)
  const roc = rocPoints(curve)
  const precisionRecall = precisionRecallPoints(curve)
  rocs.push(roc)
  return {
    roc: toReport(thinCurve(roc, points)),
    rocAuc: rounded(areaUnder(roc)),
    precisionRecall: toReport(thinCurve(fromNoRecall(precisionRecall), points)),
    averagePrecision: rounded(averagePrecision(precisionRecall)),
  }
}

/** A curve begins at its left edge: above every score there is no row, and precision is drawn as at the first ones. */
function fromNoRecall({ x, y }: CurvePoints): CurvePoints {
  const from = { x: new Float64Array(x.length + 1), y: new Float64Array(y.length + 1) }
  from.x.set(x, 1)
  from.y.set(y, 1)
  from.y[0] = y[0] as number
  return from
}

function toReport({ x, y }: CurvePoints): CurveReport {
  const coordinates = (values: Float64Array): number[] =>
    Array.from(values, (value) => Math.round(value * LIMITS.coordinate))
  return { x: coordinates(x), y: coordinates(y) }
}
