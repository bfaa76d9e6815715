// A stop waits for requests in flight, and for nothing else on a connection.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const INTERVAL_MS = 50

/**
 * While the app closes: ends connections when the request that was in flight on them is answered, and those that were
 * opened and not used yet, as pools of clients do, which Node would wait for.
 */
export function closeIdleConnections(app: FastifyInstance): void {
  const { server } = app
  const open = new Set<Socket>()
  const opened = (socket: Socket): void => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  server.on('connection', opened)
  // By TLS both are the same connection: this one has read nothing until a request comes, the other a handshake.
  server.on('secureConnection', opened)
  const close = (): void => {
    server.closeIdleConnections()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  app.addHook('preClose', async () => {
    const timer = setInterval(close, INTERVAL_MS)
    server.once('close', () => clearInterval(timer))
  })
}
