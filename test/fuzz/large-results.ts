// Results of many slices in the database, whole or damaged: each predicts, or is refused.
import { randomFillSync } from 'node:crypto'
import type { Random } from '../../src/learning/random.ts'
import type { BodyTargets } from './bodies.ts'
import { Finding } from './finding.ts'

const SLICE_BYTES = 2 ** 20

export interface ResultTargets extends BodyTargets {
  /** An artifact of the model with that padding in its report. */
  readonly artifact: (padding: Buffer) => Promise<Buffer>
  /** Makes a run that is SUCCESS with such a result. */
  readonly insertResult: (result: Buffer) => Promise<number>
}

/** One result, of up to 24 slices and a few bytes more or less. Gives what was answered; throws Finding. */
export async function fuzzResult(targets: ResultTargets, random: Random): Promise<string> {
  const padding = Buffer.alloc(Math.max(0, SLICE_BYTES * random.integer(24) + random.integer(1200) - 600))
  // PostgreSQL packs zeros, and no noise.
  if (random.integer(2) === 0) randomFillSync(padding)
  const whole = await targets.artifact(padding)
  const change = random.integer(4)
  let result = whole
  if (change === 1) result = whole.subarray(0, random.integer(whole.length))
  if (change === 2) result = Buffer.concat([whole, Buffer.alloc(1 + random.integer(SLICE_BYTES))])
  if (change === 3) {
    const at = random.integer(whole.length)
    result = Buffer.from(whole)
    result[at] = (result[at] as number) ^ (1 << random.integer(8))
  }
  try {
    const run = await targets.insertResult(result)
    const { status, body } = await targets.client.predict(run, { features: [{ a: 1, b: 1, c: 'x' }] })
    const isRight = change === 0 ? status === 200 : status === 409 && body.code === 'ARTIFACT_UNUSABLE'
    if (isRight) return `${status} ${body.code ?? ''}`.trim()
    throw new Error(`answered ${status} ${JSON.stringify(body).slice(0, 500)}`)
  } catch (error) {
    throw new Finding(`a result of ${result.length} bytes (${change}): ${error}`, result.subarray(0, 4096), {
      cause: error,
    })
  }
}
