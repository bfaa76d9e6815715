// What the target sees of endpoints and deployments, in the words of the seam.
import { ERROR_CATALOGUE, ServiceError } from '../../../errors.ts'
import type { Observed } from '../target.ts'
import { AzureError, oneLine } from './azure-error.ts'
import type { Deployment, Endpoint } from './resources.ts'

const REASON_LENGTH_MAX = 2_000
const CHANGING = ['Creating', 'Updating', 'Scaling', 'Deleting']
const ENDED_BADLY = ['Failed', 'Canceled']

/** What Azure refuses for good is a failure; what may pass is thrown. */
export async function seen(step: () => Promise<Observed>): Promise<Observed> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof AzureError && !error.mayPass) return failed(`Azure refuses it: ${error.message}`)
    // Of the bundle.
    if (error instanceof ServiceError && ERROR_CATALOGUE[error.code].status < 500) return failed(error.message)
    throw error
  }
}

export function hasAllTraffic({ properties: { traffic } }: Endpoint, name: string): boolean {
  return (
    Object.entries(traffic ?? {}).every(([other, percent]) => percent === (other === name ? 100 : 0)) &&
    traffic?.[name] === 100
  )
}

export function stateOf({ properties }: Endpoint | Deployment): string {
  return properties.provisioningState ?? 'Updating'
}

export function isChanging(resource: Endpoint | Deployment): boolean {
  return CHANGING.includes(stateOf(resource))
}

export function hasFailed(resource: Endpoint | Deployment): boolean {
  return ENDED_BADLY.includes(stateOf(resource))
}

export function readyOf(endpoint: Endpoint, deployment: Deployment): Observed {
  return {
    state: 'ready',
    endpoint: endpoint.properties.scoringUri ?? null,
    instances: deployment.sku?.capacity ?? null,
  }
}

export function changing(kind: string, name: string, resource: Endpoint | Deployment): Observed {
  return inProgress(`the ${kind} ${name} is ${stateOf(resource)}`)
}

export function inProgress(message: string): Observed {
  return { state: 'in_progress', message }
}

export function failed(reason: string): Observed {
  return { state: 'failed', reason: oneLine(reason, REASON_LENGTH_MAX) }
}
