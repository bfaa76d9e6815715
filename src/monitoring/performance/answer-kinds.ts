// What the answers of a version are, and what outcomes mean to it: read out of its artifact once, and kept in the table.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { ServiceError } from '../../errors.ts'
import type { Level } from '../../model/table.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { outcomeText } from '../outcomes/outcome.ts'
import { findAnswers, findRunOf, insertAnswers, type RunOfVersion } from './versions-table.ts'

/** Of the first output of a version. */
export type Answers =
  | {
      readonly kind: 'classes'
      /** By code. */
      readonly classes: readonly Level[]
      /** Whether an answer is always the class with the largest probability: not of a training with a threshold. */
      readonly isLargest: boolean
    }
  | { readonly kind: 'numbers' }

export interface AnswerKindsParts {
  readonly ownSchema: OwnSchema
  readonly columns: Pick<ColumnsReader, 'of'>
}

/** Versions that are remembered. */
const REMEMBERED_MAX = 1_000

export class AnswerKinds {
  private readonly parts: AnswerKindsParts
  private readonly known = new Map<string, Answers>()

  constructor(parts: AnswerKindsParts) {
    this.parts = parts
  }

  /** Undefined of a version whose artifact is gone or cannot be read. Throws what the database throws, and OVERLOADED. */
  async of(projectId: number, version: number): Promise<Answers | undefined> {
    const { pool } = this.parts.ownSchema
    const key = `${projectId} ${version}`
    const known = this.known.get(key) ?? (await findAnswers(pool, projectId, version))
    if (known !== undefined) return this.remember(key, known)
    const run = await findRunOf(pool, projectId, version)
    const found = run && (await this.read(run))
    if (found === undefined) return undefined
    await insertAnswers(pool, projectId, version, found)
    return this.remember(key, found)
  }

  private remember(key: string, answers: Answers): Answers {
    if (this.known.size >= REMEMBERED_MAX) this.known.clear()
    this.known.set(key, answers)
    return answers
  }

  private async read({ runId, hasThreshold }: RunOfVersion): Promise<Answers | undefined> {
    try {
      const { answer } = await this.parts.columns.of(runId)
      if (answer.kind !== 'categorical') return { kind: 'numbers' }
      return { kind: 'classes', classes: answer.levels, isLargest: !hasThreshold }
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE') return undefined
      throw error
    }
  }
}

/**
 * Which texts of outcomes mean which class. Beside a class as it is, a text that reads as it does, where no other class is so:
 * a CSV has 1 and "1" alike. O(classes).
 */
export function outcomesOfClasses(classes: readonly Level[]): { outcomes: string[]; codes: number[] } {
  const exact = new Map(classes.map((level, code) => [outcomeText(level), code]))
  const all = new Map(exact)
  classes.forEach((level, code) => {
    const others: Level[] = typeof level === 'string' ? otherForms(level) : [String(level)]
    for (const other of others) if (!all.has(outcomeText(other))) all.set(outcomeText(other), code)
  })
  return { outcomes: [...all.keys()], codes: [...all.values()] }
}

/** The number or the boolean that a text reads as. */
function otherForms(text: string): Level[] {
  if (text === 'true' || text === 'false') return [text === 'true']
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? [number] : []
}
