// A target that does as a test says: it keeps what is on it, and answers each call as it was told to.

import type { DeploymentPlan, DeploymentTarget, Observed } from '../../src/deployments/targets/target.ts'
import type { FaultList } from '../../src/model/faults.ts'

type Call = 'prepare' | 'activate' | 'observe' | 'remove'
/** What a call does before it answers; what it throws, the call throws. Gives what it answers in place of the usual. */
export type Script = (plan: DeploymentPlan, signal: AbortSignal) => Promise<Observed | undefined>

export class ScriptedTarget implements DeploymentTarget {
  readonly name = 'kserve'
  readonly missing = undefined
  /** Deployments that run, with their instances. */
  readonly running = new Map<number, number>()
  /** The deployment that has the traffic, by environment. */
  readonly traffic = new Map<string, number>()
  readonly calls: string[] = []
  private readonly scripts: Partial<Record<Call, Script>> = {}

  /** Answers this call so from now on; undefined: as usual. */
  on(call: Call, script: Script | undefined): void {
    if (script === undefined) delete this.scripts[call]
    else this.scripts[call] = script
  }

  check(settings: Readonly<Record<string, unknown>>, faults: FaultList): Readonly<Record<string, unknown>> {
    if ('wrong' in settings) faults.add({ in: 'body', parameter: 'settings.wrong', detail: 'there is no such setting' })
    return { size: 'small', ...settings }
  }

  prepare(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    return this.answer('prepare', plan, signal, () => {
      this.running.set(plan.deploymentId, plan.instances)
      return ready(plan)
    })
  }

  activate(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    return this.answer('activate', plan, signal, () => {
      if (!this.running.has(plan.deploymentId)) return { state: 'absent' }
      this.traffic.set(slotOf(plan), plan.deploymentId)
      return ready(plan)
    })
  }

  observe(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    return this.answer('observe', plan, signal, () =>
      this.running.has(plan.deploymentId) ? ready(plan) : { state: 'absent' },
    )
  }

  async remove(plan: DeploymentPlan, signal: AbortSignal): Promise<boolean> {
    const { state } = await this.answer('remove', plan, signal, () => {
      this.running.delete(plan.deploymentId)
      if (this.traffic.get(slotOf(plan)) === plan.deploymentId) this.traffic.delete(slotOf(plan))
      return { state: 'absent' }
    })
    return state === 'absent'
  }

  private async answer(
    call: Call,
    plan: DeploymentPlan,
    signal: AbortSignal,
    usual: () => Observed,
  ): Promise<Observed> {
    this.calls.push(`${call} ${plan.deploymentId}`)
    const told = await this.scripts[call]?.(plan, signal)
    return told ?? usual()
  }
}

function slotOf({ projectId, environment }: DeploymentPlan): string {
  return `${projectId} ${environment}`
}

function ready({ deploymentId, instances }: DeploymentPlan): Observed {
  return { state: 'ready', endpoint: `http://127.0.0.1/${deploymentId}`, instances }
}
