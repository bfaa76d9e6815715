// What folds are drawn by where they keep the proportions of classes.
import type { ClassTarget, Estimator } from '../learning/estimator.ts'
import { asCategorical, type Table } from './table.ts'

/** The classes of the first label column of a classifier. */
export function classesToFold({ columns: [label] }: Table, kind: Estimator['kind']): ClassTarget | undefined {
  if (kind !== 'classifier' || label === undefined) return undefined
  const { codes, levels } = asCategorical(label)
  return { codes, classNames: levels.map(String) }
}
