// What versions were made of that differs: parameters, options, columns.
import type { Version } from '../project.ts'
import type { FeatureColumn } from './comparison-messages.ts'

export interface Differences {
  /** Of the parameters and options whose values are not all equal: one value a version, null where it has none. */
  readonly parameters: readonly Difference[]
  readonly options: readonly Difference[]
  /** One entry a version after the first one, against the first. */
  readonly columns: readonly ColumnDifference[]
}

export interface Difference {
  readonly name: string
  readonly values: readonly unknown[]
}

export interface ColumnDifference {
  readonly version: number
  readonly added: readonly string[]
  readonly gone: readonly string[]
  /** The same name, of another kind. */
  readonly changed: readonly string[]
  /** Of all three, with those that are not named. */
  readonly count: number
}

/** Columns of each sort that are named. */
const NAMED_MAX = 200

/** features: the columns of each version, in the order of the versions. */
export function differencesOf(
  versions: readonly Version[],
  features: readonly (readonly FeatureColumn[])[],
): Differences {
  const [first = [], ...others] = features
  return {
    parameters: differing(versions.map(({ parameters, request }) => parameters ?? request.parameters)),
    options: differing(versions.map(({ request: { modelName, options } }) => ({ model_name: modelName, ...options }))),
    columns: others.map((columns, i) => ({
      version: versions[i + 1]?.version as number,
      ...columnDifference(first, columns),
    })),
  }
}

function differing(records: readonly Readonly<Record<string, unknown>>[]): Difference[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].sort()
  return names.flatMap((name) => {
    const values = records.map((record) => (Object.hasOwn(record, name) ? record[name] : null))
    return new Set(values.map((value) => JSON.stringify(value))).size > 1 ? [{ name, values }] : []
  })
}

function columnDifference(
  before: readonly FeatureColumn[],
  after: readonly FeatureColumn[],
): Omit<ColumnDifference, 'version'> {
  const [kindBefore, kindAfter] = [before, after].map(
    (columns) => new Map(columns.map(({ name, kind }) => [name, kind])),
  )
  const namesOf = (columns: readonly FeatureColumn[], isMeant: (column: FeatureColumn) => boolean): string[] =>
    columns.filter(isMeant).map(({ name }) => name)
  const added = namesOf(after, ({ name }) => kindBefore?.has(name) === false)
  const gone = namesOf(before, ({ name }) => kindAfter?.has(name) === false)
  const changed = namesOf(after, ({ name, kind }) => (kindBefore?.get(name) ?? kind) !== kind)
  const count = added.length + gone.length + changed.length
  const [shownAdded, shownGone, shownChanged] = [added, gone, changed].map((names) => names.slice(0, NAMED_MAX))
  return { added: shownAdded ?? [], gone: shownGone ?? [], changed: shownChanged ?? [], count }
}
