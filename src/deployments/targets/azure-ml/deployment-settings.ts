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

const EXPECTED: Readonly<Record<string, string>> = {
  '/instance_type': 'expected a kind of machine of Azure, as "Standard_F2s_v2"',
  '/request_timeout_seconds': 'expected a whole number of 1 to 180',
  '/concurrent_requests': 'expected a whole number of 1 to 1000',
}
const UNEXPECTED =
  'unexpected; the settings of azure_ml are instance_type, request_timeout_seconds and concurrent_requests'

/** With the defaults. Every fault is added. */
export function checkedSettings(
  given: Readonly<Record<string, unknown>>,
  instanceType: string,
  faults: FaultList,
): DeploymentSettings {
  const schema = DeploymentSettingsSchema(instanceType)
  const settings = Value.Default(schema, { ...given }) as DeploymentSettings
  const seen = new Set<string>()
  for (const { path } of Value.Errors(schema, settings)) {
    if (seen.has(path)) continue
    seen.add(path)
    faults.add({ in: 'body', parameter: `settings.${path.slice(1)}`, detail: EXPECTED[path] ?? UNEXPECTED })
  }
  return settings
}
