// The room of deployments: versions of projects that answer in environments.
import type { Opened } from '../room.ts'

export async function openDeployments(): Promise<Opened<undefined>> {
  return { room: { name: 'deployments' }, api: undefined }
}
