// The settings that a request may give a deployment on azure_ml.
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { FaultList } from '../../../model/faults.ts'

const DeploymentSettingsSchema = (instanceType: string) =>
  Type.Object(
    {
      instance_type: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', default: instanceType }),
      // Azure's bound.
      request_timeout_seconds: Type.Integer({ minimum: 1, maximum: 180, default: 60 }),
      concurrent_requests: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
    },
    { additionalProperties: false },
  )

/** concurrent_requests: of one instance at once; Azure lets as many wait. */
export type DeploymentSettings = Static<ReturnType<typeof DeploymentSettingsSchema>>

/** With the defaults. Every fault is added. */
export function checkedSettings(
  given: Readonly<Record<string, unknown>>,
  instanceType: string,
  faults: FaultList,
): DeploymentSettings {
  const schema = DeploymentSettingsSchema(instanceType)
  const settings = Value.Default(schema, { ...given }) as DeploymentSettings
  const seen = new Set<string>()
  for (const { path, message } of Value.Errors(schema, settings)) {
    if (seen.has(path)) continue
    seen.add(path)
    const parameter = `settings.${path.slice(1).replaceAll('/', '.')}`
    faults.add({ in: 'body', parameter, detail: message.replace(/^E/, 'e').replace(/^U/, 'u') })
  }
  return settings
}
