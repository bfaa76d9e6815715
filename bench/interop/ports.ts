// Ports that nobody has, and servers that are ready.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const START_TIMEOUT_MS = 60_000

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

/** Throws when it takes longer than a minute. */
export async function untilOk(url: string): Promise<void> {
  const startedAt = performance.now()
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (performance.now() - startedAt > START_TIMEOUT_MS) throw new Error(`${url} is not ready`)
    await sleep(50)
  }
}
