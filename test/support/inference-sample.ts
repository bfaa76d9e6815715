// The rows and labels that the inference tests are about: numbers, strings, booleans, all of them missing now and then.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface InferenceSample {
  readonly features: Record<string, unknown>[]
  readonly labels: Record<string, unknown>[]
  readonly parameters: Record<string, unknown>
}

export async function inferenceSample(): Promise<InferenceSample> {
  const path = join(import.meta.dirname, '../golden/inference/training.json')
  return JSON.parse(await readFile(path, 'utf8')) as InferenceSample
}
