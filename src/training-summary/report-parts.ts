// Small schemas that the parts of a report share: texts, counts, shares, curves, histograms.
import { type Static, Type } from '@sinclair/typebox'
import { LIMITS } from './limits.ts'

export const Text = Type.String({ maxLength: LIMITS.textLength })
export const Count = Type.Integer({ minimum: 0 })
export const Share = Type.Number({ minimum: 0, maximum: 1 })
/** Coordinates from 0 to 1 in ten-thousandths: three bytes each. */
const Coordinates = Type.Array(Type.Integer({ minimum: 0, maximum: LIMITS.coordinate }), {
  maxItems: LIMITS.curvePoints,
})
export const Curve = Type.Object({ x: Coordinates, y: Coordinates })

export const Histogram = Type.Object(
  {
    from: Type.Number(),
    to: Type.Number(),
    counts: Type.Array(Count, { maxItems: LIMITS.bins, description: 'values in bins of equal width' }),
  },
  { description: 'values in [from, to]' },
)

/** An object, or null where nothing is known. */
export const orNull = <Schema extends ReturnType<typeof Type.Object>>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export type HistogramReport = Static<typeof Histogram>
export type CurveReport = Static<typeof Curve>
