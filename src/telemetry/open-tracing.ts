// Traces, where they go anywhere.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { readVersion } from '../version.ts'
import type { Tracing } from './tracing.ts'

type TracingSettings = Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_SERVICE_NAME'>

/** Undefined when there is nowhere to send traces to: then their packages are not loaded. */
export async function openTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: serviceName }: TracingSettings,
  log: Logger,
): Promise<Tracing | undefined> {
  if (endpoint === '') return undefined
  const { Tracing } = await import('./tracing.ts')
  return new Tracing({ endpoint, serviceName, serviceVersion: await readVersion() }, log)
}
