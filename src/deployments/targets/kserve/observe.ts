// What the state of an InferenceService and of its pods means for a deployment.
import type { Observed } from '../target.ts'
import type { InferenceService } from './manifest.ts'

/** What of a Pod is looked at. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

interface ContainerStatus {
  readonly restartCount?: number
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number }
}

/** Reasons of a container that waits, and does not come up by itself. */
const DEAD_ENDS = [
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
]
/** A container that ends so often after its start is given up: the first ends may be of a worker that was away. */
const RESTARTS_MAX = 3
const MESSAGE_LENGTH_MAX = 1_000
const MODEL_FAILURES = ['BlockedByFailedLoad', 'InvalidSpec']

/** instances: how many are to be ready. endpoint: where it answers. */
export function observedOf(
  service: InferenceService,
  pods: readonly Pod[],
  { instances, endpoint }: { readonly instances: number; readonly endpoint: string | undefined },
): Observed {
  const running = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const readyCount = running.filter(isReady).length
  const isServiceReady = conditionOf(service, 'Ready')?.status === 'True'
  if (isServiceReady && endpoint !== undefined && readyCount >= instances) {
    return { state: 'ready', endpoint, instances: readyCount }
  }
  const troubles = running.flatMap(troublesOf)
  const deadEnd = failureOfModel(service) ?? troubles.find(({ isDeadEnd }) => isDeadEnd)?.words
  // One that answers already, with fewer instances, goes on with what it has.
  if (!isServiceReady && deadEnd !== undefined) return { state: 'failed', reason: deadEnd }
  const why = troubles[0]?.words ?? deadEnd ?? wordsOfConditions(service)
  const message = `${readyCount} of ${instances} instances are ready${why === undefined ? '' : `: ${why}`}`
  return { state: 'in_progress', message }
}

function conditionOf({ status }: InferenceService, type: string) {
  return status?.conditions?.find((condition) => condition.type === type)
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
}

interface Trouble {
  readonly words: string
  readonly isDeadEnd: boolean
}

/** Of each container that does not run as it should, and of a pod that no node takes. */
function troublesOf({ metadata, status = {} }: Pod): Trouble[] {
  const told = (reason: string, message: string | undefined): string =>
    `pod ${metadata.name}: ${reason}${message === undefined ? '' : `: ${oneLine(message)}`}`
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const ofContainers = containers.flatMap(({ state, lastState, restartCount = 0 }): Trouble[] => {
    const ended = state?.terminated ?? lastState?.terminated
    const { reason, message } = state?.waiting ?? {}
    if (reason !== undefined && DEAD_ENDS.includes(reason)) return [{ words: told(reason, message), isDeadEnd: true }]
    if (ended === undefined || ended.exitCode === 0) return []
    const words = told(`its container ended with ${ended.exitCode}`, ended.message ?? ended.reason)
    return [{ words, isDeadEnd: restartCount >= RESTARTS_MAX }]
  })
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  if (unscheduled === undefined) return ofContainers
  return [...ofContainers, { words: told('no node takes it', unscheduled.message), isDeadEnd: false }]
}

function failureOfModel({ status }: InferenceService): string | undefined {
  const { transitionStatus = '', lastFailureInfo } = status?.modelStatus ?? {}
  if (!MODEL_FAILURES.includes(transitionStatus)) return undefined
  const { reason, message } = lastFailureInfo ?? {}
  return [transitionStatus, reason, message && oneLine(message)].filter(Boolean).join(': ')
}

function wordsOfConditions({ status }: InferenceService): string | undefined {
  const bad = status?.conditions?.filter((condition) => condition.status !== 'True') ?? []
  const said = bad.map(({ type, reason, message }) =>
    [type, reason, message && oneLine(message)].filter(Boolean).join(': '),
  )
  return said.length === 0 ? undefined : said.join('; ').slice(0, MESSAGE_LENGTH_MAX)
}

/** The end of it: what a process says last is why it ended. */
function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(-MESSAGE_LENGTH_MAX)
}
