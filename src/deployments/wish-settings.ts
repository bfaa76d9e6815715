// The settings of a wish, and how many instances a target may have.
import { invalidRequest } from '../errors.ts'
import { FaultList } from '../model/faults.ts'
import type { DeploymentTarget, TargetName } from './targets/target.ts'
import type { DeploymentWish } from './wishes.ts'

/** The settings and instances of a wish, with their defaults. Every fault is added. */
export function settingsOf(
  target: DeploymentTarget,
  { settings = {}, instances = 1 }: DeploymentWish,
  faults: FaultList,
) {
  checkInstances(target.name, instances, faults)
  return { settings: target.check(settings, faults), instances }
}

/** Throws ServiceError REQUEST_INVALID. */
export function requireInstances(target: TargetName, instances: number): void {
  const faults = new FaultList()
  checkInstances(target, instances, faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
}

/** Adds what stands against so many instances of a target. */
export function checkInstances(target: TargetName, instances: number, faults: FaultList): void {
  if (target !== 'local' || instances === 1) return
  const detail = 'the target local has one: every worker answers by itself, so start more workers'
  faults.add({ in: 'body', parameter: 'instances', detail })
}
