// The bins of pooled columns: numbers while trees grow, groups of levels afterwards.
import type { FitContext } from '../estimator.ts'
import type { ColumnBins, NumericBins } from './column-bins.ts'
import { lowerBound } from './find-thresholds.ts'
import type { PooledColumn, WidenedMatrix } from './pool-levels.ts'

/** Per column, 1 where it is pooled. */
export function markPooled({ sources, pooled }: WidenedMatrix): Uint8Array {
  const marks = new Uint8Array(sources.length)
  for (const { column } of pooled) marks[column] = 1
  return marks
}

/** The bins with levels in place of effects, and a warning for each column that was pooled. O(levels × log bins). */
export function nameLevels(
  bins: readonly ColumnBins[],
  { pooled, sources }: WidenedMatrix,
  levelsMax: number,
  { warn }: Pick<FitContext, 'warn'>,
): ColumnBins[] {
  const named = [...bins]
  const told = new Map<number, { levels: number; groups: number }>()
  for (const { column, effects } of pooled) {
    const group = groupsOf(effects, bins[column] as NumericBins)
    named[column] = group
    const source = sources[column] as number
    const levels = effects.reduce((sum, effect) => sum + (Number.isNaN(effect) ? 0 : 1), 0)
    told.set(source, { levels, groups: Math.max(group.binCount, told.get(source)?.groups ?? 0) })
  }
  for (const [column, { levels, groups }] of told) {
    const how =
      groups === 1
        ? 'they do not differ beyond chance in what is to be predicted: the column counts for nothing'
        : `they were pooled into ${groups} groups of levels that are alike in what is to be predicted`
    warn({ code: 'LEVELS_POOLED', column, message: `${levels} levels are more than the ${levelsMax} bins; ${how}` })
  }
  return named
}

function groupsOf(effects: PooledColumn['effects'], { thresholds }: NumericBins) {
  const binCount = thresholds.length + 1
  const binOf = (effect: number): number => (Number.isNaN(effect) ? binCount : lowerBound(thresholds, effect))
  return { binOfCategory: Uint8Array.from(effects, binOf), binCount }
}
