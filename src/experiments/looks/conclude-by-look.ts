// How a look ends an experiment: with its outcome, and, where the plan wants that, with a deployment of the winner.
import { inSavepoint } from '../../database/pool.ts'
import type { Changes } from '../../deployments/changes.ts'
import { ServiceError } from '../../errors.ts'
import { type ConcludeParts, conclude } from '../conclude.ts'
import type { Experiment } from '../experiment.ts'
import type { PreparedPromotion, Promotion } from '../promotion.ts'
import type { End } from './end-of.ts'

export interface ConcludeByLookParts extends ConcludeParts {
  readonly promotion: Pick<Promotion, 'prepare' | 'promoteIn'>
}

/** Of a winner that is to be deployed at once: what is needed for that, or why it cannot be. Undefined of others. */
export async function preparePromotion(
  { promotion }: ConcludeByLookParts,
  experiment: Experiment,
  { outcome, winner }: End,
): Promise<PreparedPromotion | ServiceError | undefined> {
  const { plan } = experiment
  if (outcome !== 'winner' || winner === null || !plan.autoPromote) return undefined
  return promotion.prepare(experiment, { arm: plan.arms[winner]?.name, note: undefined }).catch(serviceError)
}

type EndOfLook = End & { readonly decidingLook: number }

/**
 * The experiment is locked, and its project before it where something is promoted. What stands against a deployment leaves the
 * outcome as it is, and is told in the finding. Undefined where it is concluded already.
 */
export async function concludeByLook(
  parts: ConcludeByLookParts,
  changes: Changes,
  held: Experiment,
  end: EndOfLook,
  promoted: PreparedPromotion | ServiceError | undefined,
): Promise<Experiment | undefined> {
  const { tx } = changes
  if (promoted === undefined) return conclude(parts, tx, held, end)
  const made = promoted instanceof ServiceError ? promoted : await promote(parts, changes, held, end, promoted)
  if (!(made instanceof ServiceError)) return made
  const finding = `${end.finding} It was not deployed: ${made.message}.`
  return conclude(parts, tx, held, { ...end, finding })
}

function promote(
  parts: ConcludeByLookParts,
  changes: Changes,
  held: Experiment,
  end: EndOfLook,
  prepared: PreparedPromotion,
): Promise<Experiment | ServiceError | undefined> {
  return inSavepoint(changes.tx, async () => {
    const concluded = await conclude(parts, changes.tx, held, end)
    return concluded && parts.promotion.promoteIn(changes, concluded, prepared)
  }).catch(serviceError)
}

/** Throws what is none. */
function serviceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  throw error
}
