// By what a training request is known again: what it means, whatever the order of its members; and bytes as they came.
import { createHash } from 'node:crypto'
import { dataDigest } from '../model/data-digest.ts'
import { requestDigestOf } from '../request-digest.ts'
import { type BodyBytes, chunksOf } from '../rows/byte-window.ts'
import type { RowsForm } from '../rows/forms.ts'
import type { RowsQuery } from '../rows/rows-query.ts'
import type { TrainingRows } from './intake.ts'

/** SHA-256, hexadecimal. */
export interface BodyDigests {
  /** Of the body alone; empty of a JSON object, which is known by what it means. */
  readonly body: string
  /** Of the request, as versions of the worker made it that looked at bytes: work and runs of those are still known by it. */
  readonly earlier: string
}

/** What a request says beside its body. */
interface Head {
  readonly form: RowsForm
  readonly query: RowsQuery
  /** What it says of the data set whose rows they are; undefined of rows that came with it. */
  readonly dataset?: object
}

/** O(bytes), a part at a time. */
export function bodyDigestsOf(modelName: string, head: Head, bytes: BodyBytes): BodyDigests {
  const { form, query, dataset } = head
  const said = isObject(head) ? [modelName] : [modelName, form, query, ...(dataset ? [dataset] : [])]
  const earlier = createHash('sha256')
  const body = isObject(head) ? undefined : createHash('sha256')
  for (const part of said) earlier.update(JSON.stringify(part))
  for (const chunk of chunksOf(bytes)) {
    earlier.update(chunk)
    body?.update(chunk)
  }
  return { body: body?.digest('hex') ?? '', earlier: earlier.digest('hex') }
}

/**
 * SHA-256 of what is asked for, hexadecimal. Of a JSON object its members and its rows, members in any order and rows in theirs;
 * of rows in another form what is said beside them, and their bytes. others: the members of the object beside its rows.
 * O(cells).
 */
export function trainingDigestOf(
  modelName: string,
  head: Head,
  { others, rows, body }: { others: ReadonlyMap<string, unknown>; rows: TrainingRows; body: string },
): string {
  const { form, query, dataset } = head
  if (!isObject(head)) {
    const said = [query, dataset ?? {}].map((part) => withoutNulls(Object.entries(part)))
    return requestDigestOf([modelName, form, ...said, body])
  }
  const digest = dataDigest(rows.features, rows.labels, { ...rows.aside })
  return requestDigestOf([modelName, withoutNulls(others), digest, readingsOf(rows)])
}

/** How columns were read, where the values do not tell it: a pipeline takes by it what it is given later. By name. */
function readingsOf({ features, labels, aside }: TrainingRows): readonly unknown[] {
  return [features.columns, labels.columns, Object.values(aside ?? {})].map((columns) =>
    columns
      .flatMap((column) => (column?.reading === undefined ? [] : [[column.name, column.reading]]))
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  )
}

/** Clients send null for what is not set. */
function withoutNulls(members: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries([...members].filter(([, value]) => value !== null))
}

/** Rows in a JSON object are members of what says all else; others come with a query, or with a data set. */
function isObject({ form, dataset }: Head): boolean {
  return form === 'json' && dataset === undefined
}
