// Waits for a server that is being started.
import { setTimeout as sleep } from 'node:timers/promises'

const START_TIMEOUT_MS = 60_000

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
