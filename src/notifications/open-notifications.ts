// The room that tells others what happened: programs by webhooks, people by mail.
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { type Notices, openNotices } from './notices.ts'

export async function openNotifications(_: Foundation): Promise<Opened<Notices>> {
  const notices = openNotices(() => {})
  return { room: { name: 'notifications' }, api: notices }
}
