// What the answers of a version are, and what outcomes mean to it: read out of its artifact once, and kept in the table.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { ServiceError } from '../../errors.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import type { Answers } from './answers.ts'
import { findAnswers, findRunOf, insertAnswers, type RunOfVersion } from './versions-table.ts'

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

  /** Undefined of a version that takes tensors, and of one whose artifact is gone or cannot be read. Throws what the database throws, and OVERLOADED. */
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
      if (answer === undefined) return undefined
      if (answer.kind !== 'categorical') return { kind: 'numbers' }
      return { kind: 'classes', classes: answer.levels, isLargest: !hasThreshold }
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE') return undefined
      throw error
    }
  }
}
