// The room of experiments: which of several versions of a project is better, on the requests that come.
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'

export async function openExperiments(_base: Foundation, _needs: object): Promise<Opened<undefined>> {
  return { room: { name: 'experiments' }, api: undefined }
}
