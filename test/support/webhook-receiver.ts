// A receiver of webhooks over real HTTP, which answers as a test wants it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** As it came: what is signed. */
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of many types
  readonly body: any
}

export type Answering = (response: ServerResponse, received: Received, request: IncomingMessage) => void

export interface Receiver {
  readonly url: string
  /** All that came, in their order. */
  readonly received: Received[]
  /** How it answers from now on. */
  answer(answering: Answering): void
}

export const answers =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (response) =>
    response.writeHead(status, headers).end()

/** Answers 204 until told otherwise. */
export async function startReceiver(t: Test): Promise<Receiver> {
  const received: Received[] = []
  let answering = answers(204)
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString()
    const headers = request.headers as Record<string, string>
    const one = { path: request.url ?? '', headers, text, body: JSON.parse(text) }
    received.push(one)
    answering(response, one, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answer(next) {
      answering = next
    },
  }
}
