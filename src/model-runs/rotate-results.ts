// Takes the results of runs to the first key: their headers are wrapped anew, their bytes stay.
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { cipherWith, type KeyRing } from '../encryption/key-ring.ts'
import { resultId } from '../encryption/object-ids.ts'
import { Rotation, type RotationOptions } from '../encryption/rotation.ts'
import { isSealed, keyIdIn, SealedError, sealedLengthOf } from '../encryption/sealed-layout.ts'
import { Sealer } from '../encryption/sealing.ts'
import { readSlices } from './results-table.ts'
import { listResultHeads, type ResultHead, replaceHeader, replaceResult } from './rotation-table.ts'
import { RESULT_BYTES_MAX } from './transfer-time.ts'

export interface ResultsToRotate {
  readonly pool: pg.Pool
  readonly keys: KeyRing
  /** For a result that is sealed on its way from the database to it: never in the clear. */
  readonly folder: string
}

/** What was being sealed so long ago belongs to a process that is gone. */
const ABANDONED_MS = 24 * 3_600_000
/** Heads that are read at once. */
const PAGE = 500
/** What results of the worker begin with where they are in the clear. Others are not its own, and stay. */
const ARTIFACT_MAGIC = 'MLWA'

/**
 * May be broken off at any time and begun again, beside workers that have the keys: each result changes in one statement,
 * and only when it is still the one that was looked at. Holds one slice of a result. Throws what the database throws.
 */
export async function rotateResults(parts: ResultsToRotate, options: RotationOptions): Promise<Rotation> {
  const rotation = new Rotation()
  await removeAbandoned(parts.folder)
  for (let after = 0; ; ) {
    const page = await listResultHeads(parts.pool, after, PAGE)
    for (const result of page) {
      if (isSealed(result.head)) await rotate(parts, result, options, rotation)
      else if (result.head.toString('latin1', 0, 4) === ARTIFACT_MAGIC) await seal(parts, result, options, rotation)
    }
    if (page.length < PAGE) return rotation
    after = page.at(-1)?.runId ?? after
  }
}

async function rotate(
  { pool, keys }: ResultsToRotate,
  result: ResultHead,
  { isDryRun }: RotationOptions,
  rotation: Rotation,
): Promise<void> {
  const id = keyIdIn(result.head)
  if (id === keys.ids[0]) {
    rotation.count('current')
    return
  }
  try {
    const header = keys.rewrap(result.head)
    if (isDryRun || (await replaceHeader(pool, result, header))) rotation.count('rewrapped')
    else rotation.keep(id, 'it was changed meanwhile')
  } catch (error) {
    if (!(error instanceof SealedError)) throw error
    rotation.keep(id, error.fault === 'key_missing' ? 'its key is missing' : error.message)
  }
}

async function seal(
  parts: ResultsToRotate,
  result: ResultHead,
  { isDryRun, encryptsPlain }: RotationOptions,
  rotation: Rotation,
): Promise<void> {
  const isTooLarge = sealedLengthOf(result.byteLength) > RESULT_BYTES_MAX
  if (!encryptsPlain || isTooLarge) rotation.count('plain')
  else rotation.count(isDryRun || (await sealResult(parts, result)) ? 'encrypted' : 'plain')
}

/** Returns false when the result was changed meanwhile. */
async function sealResult({ pool, keys, folder }: ResultsToRotate, result: ResultHead): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `run-${result.runId}-${process.pid}`)
  const sealing = keys.newSealingKey(resultId(result.runId))
  const sealer = new Sealer(cipherWith(sealing))
  const file = openSync(path, 'wx', 0o600)
  try {
    let next = 0
    writeSync(file, Buffer.from(sealing.header, 'base64'))
    await readSlices(pool, result.runId, result, (start, part) => {
      if (start !== next) throw new Error(`run ${result.runId}: its result came in another order`)
      next += part.length
      for (const chunk of sealer.add(part)) writeSync(file, chunk)
    })
    writeSync(file, sealer.end())
    if (next !== result.byteLength) return false
    return await replaceResult(pool, result, { path, byteLength: (await stat(path)).size })
  } finally {
    closeSync(file)
    await rm(path, { force: true })
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const { mtimeMs = Date.now() } = (await stat(join(folder, name)).catch(() => undefined)) ?? {}
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(join(folder, name), { force: true })
  }
}
