// Names of what the target makes in a workspace, within Azure's limits: the same ones after a kill, and from any worker.
import { createHash } from 'node:crypto'
import type { DeploymentPlan } from '../target.ts'
import type { AzureMlSettings } from './azure-ml-config.ts'

type Naming = Pick<
  AzureMlSettings,
  'AZURE_ML_SUBSCRIPTION_ID' | 'AZURE_ML_RESOURCE_GROUP' | 'AZURE_ML_WORKSPACE' | 'AZURE_ML_NAME_PREFIX'
>

export interface Names {
  /** 3–32 characters of a-z, 0-9 and -, from a letter; unique in a region of Azure. */
  readonly endpoint: string
  /** 3–32 characters of the same kind; unique in its endpoint. */
  readonly deployment: string
  /** Of the registered model: at most 255 characters of a-z, 0-9, - and _. */
  readonly model: string
  /** Value of the tag that says whose an endpoint is. */
  readonly owner: string
}

/** Tag of everything that a worker made. */
export const OWNER_TAG = 'ml-worker'

const ENDPOINT_LENGTH_MAX = 32
/** 60 bits: of a million endpoints, two have one hash with a probability of one in two millions. */
const HASH_LENGTH = 12
const BASE_32 = 'abcdefghijklmnopqrstuvwxyz234567'

export function namesOf(settings: Naming, plan: DeploymentPlan): Names {
  const { AZURE_ML_SUBSCRIPTION_ID: subscription, AZURE_ML_RESOURCE_GROUP: group } = settings
  const { AZURE_ML_WORKSPACE: workspace, AZURE_ML_NAME_PREFIX: prefix } = settings
  const { projectId, projectName, environment, deploymentId } = plan
  const owner = `${prefix}/${projectId}/${environment}`
  // Azure takes these names in any case.
  const place = [subscription, group, workspace].map((part) => part.toLowerCase())
  const hash = shortHash([...place, prefix, String(projectId), environment])
  const shownLength = ENDPOINT_LENGTH_MAX - prefix.length - HASH_LENGTH - 2
  const shown = environment.slice(0, shownLength).replace(/-+$/, '').replace(/-+/g, '-')
  return {
    endpoint: `${prefix}-${shown}-${hash}`,
    deployment: `deploy-${deploymentId}`,
    model: `${prefix}-p${projectId}-${projectName.replaceAll('.', '-')}`,
    owner,
  }
}

/** Twelve characters of a-z and 2-7 of the SHA-256 of the parts. */
export function shortHash(parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return Array.from(digest.subarray(0, HASH_LENGTH), (byte) => BASE_32[byte % 32]).join('')
}
