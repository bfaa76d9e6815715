// The settings that a request may give a deployment on kserve.
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { FaultList } from '../../../model/faults.ts'

/** An amount as Kubernetes writes it. */
const quantity = (units: string, value: string) =>
  Type.String({ pattern: `^[1-9][0-9]{0,8}(${units})?$`, default: value })

const Settings = Type.Object(
  {
    /** Of one instance: cores, or thousandths of one. */
    cpu: quantity('m', '1'),
    memory: quantity('[kMGT]i?', '1Gi'),
    /** internal: within the cluster; external: also by an ingress that KServe makes. */
    visibility: Type.Union([Type.Literal('internal'), Type.Literal('external')], { default: 'internal' }),
  },
  { additionalProperties: false },
)

export type KserveDeploymentSettings = Readonly<Static<typeof Settings>>

const EXPECTED: Readonly<Record<string, string>> = {
  '/cpu': 'expected cores, as "2", or thousandths of one, as "500m"',
  '/memory': 'expected bytes as Kubernetes writes them, as "512Mi"',
  '/visibility': 'expected internal or external',
}

/** With the defaults. Every fault is added. */
export function checkedSettings(given: Readonly<Record<string, unknown>>, faults: FaultList): KserveDeploymentSettings {
  const settings = Value.Default(Settings, { ...given }) as KserveDeploymentSettings
  const seen = new Set<string>()
  for (const { path } of Value.Errors(Settings, settings)) {
    if (seen.has(path)) continue
    seen.add(path)
    const detail = EXPECTED[path] ?? 'unexpected; the settings of kserve are cpu, memory and visibility'
    faults.add({ in: 'body', parameter: `settings.${path.slice(1)}`, detail })
  }
  return settings
}
