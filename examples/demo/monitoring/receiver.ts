// Who is told of alerts: a receiver of webhooks on the loopback address, which checks nothing (docs/webhooks.md has one that does).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Message {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
}

/** onMessage hears of each message. */
export async function startReceiver(onMessage: (message: Message) => void): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    onMessage(JSON.parse(await text(request)) as Message)
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
