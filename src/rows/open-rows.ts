// The room that takes the bodies of requests: from the socket to bytes in memory, or to a file.
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { BodyReceiver } from './body-receiver.ts'

const MIB = 2 ** 20

export async function openRows({
  config,
  keys,
  folder,
}: Pick<Foundation, 'config' | 'keys' | 'folder'>): Promise<Opened<BodyReceiver>> {
  const bodies = new BodyReceiver(await folder('bodies'), config.BODY_LIMIT_MB * MIB, !keys.isEmpty)
  await bodies.open()
  return { room: { name: 'rows' }, api: bodies }
}
