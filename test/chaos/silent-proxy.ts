// A TCP proxy that can go silent: connections stay open, and nothing passes, as on a line that was cut.
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface SilentProxy {
  readonly port: number
  /** From now on nothing passes through the connections that are open; new ones work. */
  silence(): void
  close(): void
}

export async function startSilentProxy(targetPort: () => number): Promise<SilentProxy> {
  let open = new Set<Socket>()
  const server: Server = createServer((client) => {
    const target = connect(targetPort(), '127.0.0.1')
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    silence() {
      for (const socket of open) {
        socket.unpipe()
        socket.pause()
      }
      open = new Set()
    },
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
