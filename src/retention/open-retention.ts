// The room that removes what rooms have kept long enough: one turn an hour.
import type { Audit } from '../audit/audit.ts'
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { Retention } from './retention.ts'
import { retentionRoutes } from './routes.ts'

const EVERY_SECONDS = 3_600

/** Rooms that are opened later register what they keep. */
export async function openRetention(
  { jobs, log }: Foundation,
  { audit }: { readonly audit: Audit },
): Promise<Opened<Retention>> {
  const retention = new Retention({ audit, log })
  jobs.repeat('retention', { everySeconds: EVERY_SECONDS }, (signal) => retention.remove('shared', signal))
  const stop = new AbortController()
  let turn: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const removeHere = (): void => {
    turn = turn.then(() => retention.remove('worker', stop.signal))
  }
  const room = {
    name: 'retention',
    routes: retentionRoutes(retention),
    async recover() {
      removeHere()
      timer = setInterval(removeHere, EVERY_SECONDS * 1000)
      timer.unref()
    },
    async drain() {
      clearInterval(timer)
      stop.abort()
      await turn
    },
  }
  return { room, api: retention }
}
