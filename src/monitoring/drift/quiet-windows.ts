// What the first windows of a version say about how much its windows differ by themselves.
import { type Overdispersion, overdispersionsOf, type QuietLook } from '../statistics/overdispersion.ts'
import type { ColumnCounts } from './column-counts.ts'
import { type DriftPolicy, quietLooksMaxOf } from './drift-policy.ts'
import type { ColumnLook, ColumnRole } from './look.ts'

/** Columns of one window. */
export type QuietWindow = readonly Pick<ColumnLook, 'role' | 'name' | 'state' | 'statistic' | 'df'>[]

/** By column; all of them together, for what one says is worth something for the others. */
export function overdispersionsFor(
  columns: readonly ColumnCounts[],
  calibration: readonly QuietWindow[],
  policy: DriftPolicy,
): Map<string, Overdispersion | undefined> {
  const quiet = quietLooksOf(calibration, quietLooksMaxOf(policy))
  const keys = columns.map(({ role, name }) => keyOf(role, name))
  const looks = keys.map((key) => quiet.get(key) ?? [])
  const estimated = overdispersionsOf(looks, policy.calibrationWindows)
  return new Map(keys.map((key, i) => [key, estimated[i]]))
}

/** By column, of windows in which it did not drift, the first ones. */
function quietLooksOf(calibration: readonly QuietWindow[], count: number): Map<string, QuietLook[]> {
  const quiet = new Map<string, QuietLook[]>()
  for (const columns of calibration) {
    for (const { role, name, state, statistic, df } of columns) {
      if (state === 'drift' || statistic === undefined || df === undefined || df === 0) continue
      const looks = quiet.get(keyOf(role, name)) ?? []
      if (looks.length < count) looks.push({ statistic, df })
      quiet.set(keyOf(role, name), looks)
    }
  }
  return quiet
}

export function keyOf(role: ColumnRole, name: string): string {
  return `${role}/${name}`
}
