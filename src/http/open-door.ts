// What an operator is told at the start about who may call.
import { isLoopback } from './loopback.ts'

/** One line when anybody in the network may do everything; undefined when not. */
export function openDoorWarning({
  ACCESS,
  HOST,
}: {
  readonly ACCESS: string
  readonly HOST: string
}): string | undefined {
  if (ACCESS !== 'open' || isLoopback(HOST)) return undefined
  return `whoever reaches ${HOST} may train, predict, read every run and cancel it: callers are not asked who they are (ACCESS=open). Set ACCESS=required, or let only the application reach the port`
}
