// Erasing in the spool: rows of runs that wait go; runs whose rows are in use are told.
import { readdir, stat } from 'node:fs/promises'
import type { Erased, Eraser } from '../erasures/erasers.ts'
import type { IntakeWorker } from '../intake/intake-worker.ts'
import { mentionsOf, type SoughtValue } from '../model/sought-value.ts'
import type { RowsOfValue } from '../spool/erase-rows.ts'
import { SET_ASIDE, type Spool } from '../spool/spool.ts'
import { runIdInName, SpoolFileError } from '../spool/spool-file.ts'
import { failed } from '../spool/training-outcome.ts'
import type { Acceptance } from './acceptance.ts'
import type { Trainings } from './trainings.ts'

export interface SpoolEraserParts {
  readonly spool: Spool
  readonly intake: IntakeWorker
  readonly acceptance: Acceptance
  readonly trainings: Trainings
}

const UNREADABLE = 'a file of the spool that cannot be read; those set aside end in .bad: remove them by hand'
const SAID = 'parameters, warnings or ids of a run that has no end yet'

export function spoolEraser(parts: SpoolEraserParts): Eraser {
  return { name: 'spool', erase: (sought, signal) => eraseInSpool(parts, sought, signal) }
}

async function eraseInSpool(parts: SpoolEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { spool, acceptance } = parts
  await acceptance.settled()
  let rows = 0
  const inTraining: number[] = []
  const unreadable: number[] = []
  const said: number[] = []
  const mentions = mentionsOf(sought.value)
  for (const path of await spool.list()) {
    signal.throwIfAborted()
    const runId = runIdInName(path) ?? 0
    try {
      const { run } = await spool.readEntry(path)
      const { parameters, warnings = [], correlationId = '', idempotencyKey = '' } = run
      if (mentions?.(JSON.stringify([parameters, warnings, correlationId, idempotencyKey]))) said.push(runId)
      const found = await eraseRun(parts, path, runId, sought)
      rows += found.erased
      if (found.isInUse) inTraining.push(runId)
      if (found.isDamaged) unreadable.push(runId)
    } catch (error) {
      // It may have had its end meanwhile.
      if (!(await isThere(path))) continue
      if (!(error instanceof SpoolFileError)) throw error
      unreadable.push(runId)
    }
  }
  for (const name of await readdir(spool.folder)) {
    if (name.endsWith(SET_ASIDE)) unreadable.push(runIdInName(name.slice(0, -SET_ASIDE.length)) ?? 0)
  }
  const remaining = [
    ...(unreadable.length === 0 ? [] : [{ place: UNREADABLE, runIds: unreadable }]),
    ...(said.length === 0 ? [] : [{ place: SAID, runIds: said }]),
  ]
  return { erased: { rows }, inTraining, remaining }
}

async function eraseRun(
  { spool, trainings, intake }: SpoolEraserParts,
  path: string,
  runId: number,
  sought: SoughtValue,
): Promise<{ readonly erased: number; readonly isInUse: boolean; readonly isDamaged: boolean }> {
  const erase = async (isInUse: boolean): Promise<RowsOfValue | undefined> =>
    intake.erase({ path, sought, isInUse, keys: await spool.rewriteKeysOf(path) })
  const done = await trainings.atFile(runId, async (): Promise<{ rows: RowsOfValue | undefined } | undefined> => {
    // Its training is over: only its end is still to be written.
    if ((await spool.readOutcome(path)) !== undefined) return undefined
    const rows = await erase(false)
    if (rows !== undefined && rows.found > 0 && rows.left === 0) {
      trainings.withdraw(runId, failed('data_unusable', 'all of its rows were erased before its training'))
    }
    return { rows }
  })
  if (done !== undefined) {
    return { erased: done.rows?.found ?? 0, isInUse: false, isDamaged: done.rows === undefined }
  }
  const rows = await erase(true)
  return { erased: 0, isInUse: (rows?.found ?? 0) > 0, isDamaged: rows === undefined }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
