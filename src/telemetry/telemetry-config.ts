// What an operator may set of traces.
import { Type } from '@sinclair/typebox'

export const telemetryConfig = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.String({
    default: '',
    pattern: '^$|^https?://',
    description: 'Where traces go, as OTLP over HTTP, to /v1/traces below it. Empty: nowhere',
  }),
  OTEL_SERVICE_NAME: Type.String({ default: 'ml-worker', minLength: 1, description: 'Name of the service in traces' }),
}
