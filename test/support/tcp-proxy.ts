// A way to a database that can be shut and opened.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface TcpProxy {
  /** The URL of the database, by way of the proxy. */
  readonly url: string
  /** Takes connections from now on. */
  open(): Promise<void>
  /** Breaks every connection, and refuses new ones. */
  shut(): Promise<void>
}

/** Shut at first: nothing listens on its port. */
export async function createTcpProxy(t: Test, databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
  }
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname)
    keep(client)
    keep(upstream)
    client.pipe(upstream).pipe(client)
  })
  const listen = async (port: number): Promise<number> => {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return (server.address() as { port: number }).port
  }
  const shut = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const port = await listen(0)
  await shut()
  t.teardown(shut)
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href
  return { url, open: async () => void (await listen(port)), shut }
}
