// How right versions were by the levels of a column: out of the rows of the log, since no sums are kept by column.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { invalidRequest, type ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import type { Level } from '../../model/table.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import type { AnswerKinds } from './answer-kinds.ts'
import { type Answers, outcomesOfClasses } from './answers.ts'
import { type Judged, judge, type VersionSums } from './judged.ts'
import { classSumsOf, numberSumsOf } from './sums-of-hour.ts'
import { type ProjectSpan, type SumsFilter, sumClasses, sumNumbers } from './sums-table.ts'
import { findRunOf } from './versions-table.ts'

export interface SegmentsParts {
  readonly ownSchema: OwnSchema
  readonly answers: Pick<AnswerKinds, 'of'>
  readonly columns: Pick<ColumnsReader, 'of'>
  /** Whether features are sealed in the log: then the database cannot tell rows apart by them. */
  readonly areSealed: boolean
}

export interface Segment {
  /** Undefined where the column is missing, or has a level that the training never saw. */
  readonly level: Level | undefined
  readonly judged: Judged
}

export interface SegmentsAsked extends ProjectSpan {
  readonly column: string
  /** Versions with predictions in that time. */
  readonly versions: readonly number[]
  /** How many rows these have. */
  readonly rows: number
  readonly filter: SumsFilter
}

export const SEGMENTS_MAX = 100
/** Rows that are read for one answer. */
const ROWS_MAX = 2_000_000

export class Segments {
  private readonly parts: SegmentsParts

  constructor(parts: SegmentsParts) {
    this.parts = parts
  }

  /** Those with most predictions first. Throws ServiceError REQUEST_INVALID of a column that has no levels, or of too many rows. O(rows). */
  async of({ column, versions, rows, filter, ...span }: SegmentsAsked): Promise<Segment[]> {
    const { ownSchema, answers, columns, areSealed } = this.parts
    if (areSealed) throw refusal('features are encrypted in the log: nothing can be told apart by them')
    if (rows > ROWS_MAX) {
      throw refusal(`expected ${ROWS_MAX} logged predictions at the most, got ${rows}; take a shorter time`)
    }
    const bySegment = new Map<Level | undefined, VersionSums[]>()
    const kinds = new Map<number, Answers>()
    for (const version of versions) {
      const kind = await answers.of(span.projectId, version)
      const run = await findRunOf(ownSchema.pool, span.projectId, version)
      if (kind === undefined || run === undefined) continue
      kinds.set(version, kind)
      const { features } = await columns.of(run.runId)
      const place = features.findIndex(({ name }) => name === column)
      const { kind: columnKind, levels = [] } = features[place] ?? {}
      if (columnKind !== 'categorical') throw refusal(`version ${version} has no column of categories with this name`)
      const summed = { ...span, version, feature: place + 1, filter }
      const read =
        kind.kind === 'numbers'
          ? await sumNumbers(ownSchema.pool, summed)
          : await sumClasses(ownSchema.pool, summed, outcomesOfClasses(kind.classes))
      for (const [code, part] of Map.groupBy<number, (typeof read)[number]>(read, ({ segment }) => segment ?? -1)) {
        const sums =
          kind.kind === 'numbers'
            ? numberSumsOf(part as Awaited<ReturnType<typeof sumNumbers>>, version)
            : classSumsOf(part as Awaited<ReturnType<typeof sumClasses>>, version, kind.classes.length, kind.isLargest)
        const level = levels[code]
        bySegment.set(level, [...(bySegment.get(level) ?? []), ...sums])
      }
    }
    return [...bySegment]
      .map(([level, sums]) => ({ level, judged: judge(sums, kinds) }))
      .sort((a, b) => b.judged.predictions - a.judged.predictions)
      .slice(0, SEGMENTS_MAX)
  }
}

function refusal(detail: string): ServiceError {
  const faults = new FaultList()
  faults.add({ in: 'query', parameter: 'segment', detail })
  return invalidRequest(faults)
}
