// The targets of this worker, by name.
import { ServiceError } from '../../errors.ts'
import type { DeploymentTarget, TargetName } from './target.ts'

export class Targets {
  private readonly byName: ReadonlyMap<TargetName, DeploymentTarget>

  constructor(targets: readonly DeploymentTarget[]) {
    this.byName = new Map(targets.map((target) => [target.name, target]))
  }

  /** Undefined where it is not set up. */
  find(name: TargetName): DeploymentTarget | undefined {
    const target = this.byName.get(name)
    return target?.missing === undefined ? target : undefined
  }

  /** Throws ServiceError TARGET_NOT_SET_UP. */
  require(name: TargetName): DeploymentTarget {
    const target = this.find(name)
    if (target !== undefined) return target
    const why = this.byName.get(name)?.missing ?? 'this worker does not have it'
    throw new ServiceError('TARGET_NOT_SET_UP', `the target ${name} is not set up: ${why}`)
  }

  async close(): Promise<void> {
    await Promise.all([...this.byName.values()].map((target) => target.close?.()))
  }
}
