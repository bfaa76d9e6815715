// What comes after a step of a deployment: decided here, written by the reconciler.
import { type Deployment, type DeploymentStep, isOpen } from './deployment.ts'
import type { Observed } from './targets/target.ts'

/** What a step came to: what the target sees, or the words of an error that may pass. */
export type StepOutcome = Observed | { readonly state: 'threw'; readonly message: string }

export type NextStep =
  /** The same step again, or another one, after so many seconds. */
  | { readonly type: 'go_on'; readonly step: DeploymentStep; readonly waitSeconds: number; readonly failures: number }
  /** The step `activate`, as soon as no other deployment of the slot is at it. */
  | { readonly type: 'move_traffic' }
  /** It takes the place of what is active. */
  | { readonly type: 'become_active' }
  | { readonly type: 'fail'; readonly reason: string }

/** How often what a target works on is looked at. */
const POLL_SECONDS = 2
/** How often what is active is looked at. */
export const OBSERVE_SECONDS = 30
/** Before the next try, in seconds, by how many have failed. */
const WAITS_SECONDS = [1, 2, 5, 10, 30, 60] as const
/** Traffic that cannot be moved back in so many tries stays where it is: others must be able to take it. */
const RESTORE_TRIES_MAX = 20

/** failures: of the step so far, one after the other. isOverdue: it has had its time to become active. */
export function nextStep(
  deployment: Pick<Deployment, 'status' | 'step'>,
  outcome: StepOutcome,
  { failures, isOverdue }: { readonly failures: number; readonly isOverdue: boolean },
): NextStep {
  const { step } = deployment
  const again = (waitSeconds: number, failed: number): NextStep => ({
    type: 'go_on',
    step,
    waitSeconds,
    failures: failed,
  })
  const observe: NextStep = { type: 'go_on', step: 'observe', waitSeconds: OBSERVE_SECONDS, failures: 0 }
  const wait = outcome.state === 'threw' ? again(waitOf(failures), failures + 1) : again(POLL_SECONDS, 0)
  if (step === 'remove') {
    return outcome.state === 'absent' ? { type: 'go_on', step: 'done', waitSeconds: 0, failures: 0 } : wait
  }
  if (isOpen(deployment)) {
    if (outcome.state === 'failed') return { type: 'fail', reason: outcome.reason }
    if (outcome.state === 'ready') return { type: step === 'activate' ? 'become_active' : 'move_traffic' }
    return isOverdue
      ? { type: 'fail', reason: `it was not ready in time; its target sees it ${wordsOf(outcome)}` }
      : wait
  }
  if (step === 'observe') return observe
  if (outcome.state === 'ready') return step === 'activate' ? observe : { type: 'move_traffic' }
  if (outcome.state === 'failed') return observe
  if (step === 'activate') return failures + 1 >= RESTORE_TRIES_MAX ? observe : again(waitOf(failures), failures + 1)
  return wait
}

function waitOf(failures: number): number {
  return WAITS_SECONDS[Math.min(failures, WAITS_SECONDS.length - 1)] as number
}

/** "failed: the image cannot be pulled". */
export function wordsOf(outcome: StepOutcome): string {
  if (outcome.state === 'failed') return `failed: ${outcome.reason}`
  if (outcome.state === 'in_progress') return `in progress: ${outcome.message}`
  return outcome.state === 'threw' ? `not at all: ${outcome.message}` : outcome.state
}
