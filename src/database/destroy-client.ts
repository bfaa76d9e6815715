import type pg from 'pg'

/** Ends a connection without the good-bye that a dead line would never take. */
export function destroyClient(client: pg.ClientBase): void {
  client.on('error', () => {})
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}
