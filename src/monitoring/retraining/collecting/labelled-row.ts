// A logged prediction with its outcome as a row to learn from: in the columns of one version, whichever predicted it.
import { createHash } from 'node:crypto'
import type { KnownColumn } from '../../../model/artifact-columns.ts'
import type { Level } from '../../../model/table.ts'
import { textOfTime } from '../../../model/times.ts'
import { decodePrediction } from '../../log/decode-rows.ts'
import { timeOfId } from '../../log/logged-row.ts'
import type { StoredPrediction } from '../../log/predictions-table.ts'
import type { LoggedColumns, VersionColumns } from '../../log/version-columns.ts'
import { outcomesOfClasses } from '../../performance/answers.ts'
import type { LeftOut } from '../retraining.ts'

export interface LabelledRow {
  readonly predictionId: string
  readonly version: number
  readonly weight: number
  /** A line of NDJSON. */
  readonly line: string
  /** The same of rows with the same values and label: 48 bits of SHA-256. */
  readonly key: number
  readonly hasUnseen: boolean
  readonly isNewClass: boolean
}

/** The names of what a row tells of its prediction: no column of the version has them. */
export interface ToldColumns {
  readonly at: string
  readonly weight: string
  readonly id: string
}

const KEY_BYTES = 6

export class RowReader {
  readonly told: ToldColumns
  readonly labelName: string
  private readonly wanted: LoggedColumns
  private readonly labelOf: (row: StoredPrediction) => { readonly label: Level; readonly isNew: boolean } | undefined
  /** Why rows of a version cannot be read; undefined where they can. */
  private readonly judged = new WeakMap<VersionColumns, { readonly reason: LeftOut | undefined }>()

  /** wanted: the columns that rows shall have. */
  constructor(wanted: LoggedColumns) {
    this.wanted = wanted
    this.told = toldColumns(wanted)
    this.labelName = wanted.answer.name
    this.labelOf = labelReader(wanted.answer)
  }

  /** columns: of the version of the row. features: as the log has them. A reason where it is no row. O(columns). */
  read(stored: StoredPrediction, columns: VersionColumns, features: readonly (number | null)[]): LabelledRow | LeftOut {
    const reason = this.reasonOf(columns)
    if (reason !== undefined) return reason
    const found = this.labelOf(stored)
    if (found === undefined) return 'outcome_unusable'
    const { features: values, unseen } = decodePrediction(stored, features, columns)
    const members = this.wanted.features.map(({ name }) => memberOf(name, values.get(name) ?? null))
    members.push(memberOf(this.wanted.answer.name, found.label))
    const text = members.join()
    const { predictionId, version, weight } = stored
    const { at, weight: weightName, id } = this.told
    const told = [
      memberOf(at, textOfTime(timeOfId(predictionId))),
      memberOf(weightName, weight),
      memberOf(id, predictionId),
    ]
    return {
      ...{ predictionId, version, weight },
      line: `{${text},${told.join()}}\n`,
      key: createHash('sha256').update(text).digest().readUIntBE(0, KEY_BYTES),
      hasUnseen: this.wanted.features.some(({ name }) => unseen.includes(name)),
      isNewClass: found.isNew,
    }
  }

  private reasonOf(columns: VersionColumns): LeftOut | undefined {
    const known = this.judged.get(columns)
    if (known !== undefined) return known.reason
    const reason = reasonAgainst(columns, this.wanted)
    this.judged.set(columns, { reason })
    return reason
  }
}

/** Members of JSON as text: an object would put names that are numbers first. */
function memberOf(name: string, value: Level | null): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}

function reasonAgainst({ features, answer }: VersionColumns, wanted: LoggedColumns): LeftOut | undefined {
  const byName = new Map(features.map((column) => [column.name, column]))
  if (!wanted.features.every((column) => isAlike(byName.get(column.name), column))) return 'other_columns'
  return answer !== undefined && isAlike(answer, wanted.answer) ? undefined : 'other_label'
}

function isAlike(found: KnownColumn | undefined, { name, kind, isText }: KnownColumn): boolean {
  return found?.name === name && found.kind === kind && found.isText === isText
}

function toldColumns({ features, answer }: LoggedColumns): ToldColumns {
  const taken = new Set([...features, answer].map(({ name }) => name))
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name)
  return { at: free('prediction.at'), weight: free('prediction.weight'), id: free('prediction_id') }
}

function labelReader({ kind, levels }: KnownColumn) {
  if (kind !== 'categorical') {
    return ({ outcomeNumber }: StoredPrediction) =>
      outcomeNumber === null ? undefined : { label: outcomeNumber, isNew: false }
  }
  const { outcomes, codes } = outcomesOfClasses(levels)
  const known = new Map(outcomes.map((text, i) => [text, levels[codes[i] as number] as Level]))
  const types = new Set(levels.map((level) => typeof level))
  return ({ outcome }: StoredPrediction) => {
    const label = known.get(outcome ?? '')
    if (label !== undefined) return { label, isNew: false }
    const told: unknown = JSON.parse(outcome ?? 'null')
    // A class of another type would make the column one of several types.
    if (types.size === 1 && types.has('string') && told !== null) return { label: String(told), isNew: true }
    return types.has(typeof told as 'string') ? { label: told as Level, isNew: true } : undefined
  }
}
