// A receiver of OTLP over HTTP (JSON), as a collector is one: keeps every span that it is sent.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface ReceivedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly isError: boolean
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

export async function startOtlpReceiver(t: Test) {
  const spans: ReceivedSpan[] = []
  const paths: string[] = []
  /** What came, as it came. */
  const texts: string[] = []
  const server = createServer(async (request, response) => {
    paths.push(request.url ?? '')
    // biome-ignore lint/suspicious/noExplicitAny: the protocol's own shape
    const body = (await json(request)) as any
    texts.push(JSON.stringify(body))
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = String(attributesOf(resource.attributes)['service.name'])
      for (const { spans: sent } of scopeSpans) for (const span of sent) spans.push(spanOf(service, span))
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, paths, texts }
}

// biome-ignore lint/suspicious/noExplicitAny: the protocol's own shape
function spanOf(service: string, span: any): ReceivedSpan {
  const { name, traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, attributes, status } = span
  return {
    service,
    name,
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    start: Number(startTimeUnixNano) / 1e6,
    end: Number(endTimeUnixNano) / 1e6,
    attributes: attributesOf(attributes),
    isError: status?.code === 2,
  }
}

function attributesOf(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
