// What the objects of a deployment are called in Kubernetes.
import type { DeploymentPlan } from '../target.ts'

/** KServe names a Service after it, with -predictor behind: a name of DNS, of 63 characters at the most. */
const NAME_LENGTH_MAX = 63 - '-predictor'.length
/** An ingress has the namespace in the same part of its name: where there is room for it, it is left. */
const NAME_LENGTH_WISHED_MIN = 24

/**
 * Made of project and environment for who reads it, and of the id of the deployment, which no other of this database has.
 */
export function serviceName(
  { projectName, environment, deploymentId }: Pick<DeploymentPlan, 'projectName' | 'environment' | 'deploymentId'>,
  namespace: string,
): string {
  const ending = `-${deploymentId}`
  const lengthMax = Math.min(NAME_LENGTH_MAX, Math.max(NAME_LENGTH_WISHED_MIN, NAME_LENGTH_MAX - 1 - namespace.length))
  const plain = `${projectName}-${environment}`
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
  const shortened = plain.slice(0, lengthMax - ending.length).replace(/-+$/, '')
  return `${shortened || 'deployment'}${ending}`
}
