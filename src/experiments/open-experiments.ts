// The room of experiments: which of several versions of a project is better, on the requests that come.
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { openTraffic, type TrafficNeeds } from './traffic/open-traffic.ts'

export async function openExperiments(base: Foundation, needs: TrafficNeeds): Promise<Opened<undefined>> {
  const { part } = openTraffic(base, needs)
  return { room: { name: 'experiments', ...part }, api: undefined }
}
