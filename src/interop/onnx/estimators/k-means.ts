// The nearest centre.
import type { FittedKMeans } from '../../../learning/cluster/fitted-k-means.ts'
import { powerOfTwoScale } from '../../../learning/cluster/scale.ts'
import { beforeGroups } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double, doubles } from '../tensor.ts'
import { squaredGaps } from './squared-gaps.ts'

/** The cluster of each row, an int64: distances have the same bits as ours, and of equal ones the first counts. */
export function nearestCentres(g: GraphBuilder, x: Value, { centres, columnCount, clusterCount }: FittedKMeans): Value {
  const scale = powerOfTwoScale(centres.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0))
  const scaled = scale === 1 ? x : g.node('Mul', [x, double(scale)])
  const own = doubles(
    centres.map((value) => value * scale),
    [1, clusterCount, columnCount],
  )
  const gaps = g.node('Sub', [beforeGroups(g, scaled), own])
  const squared = squaredGaps(g, gaps, columnCount, { axis: 2, width: 4 })
  const known = g.node('Where', [g.node('IsNaN', [squared]), double(Number.POSITIVE_INFINITY), squared])
  return g.node('ArgMin', [known], { axis: 1, keepdims: 0 })
}
