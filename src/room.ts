// What a room is to the house: it is opened once, on the foundation, and closed in the opposite order.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { HealthCheck } from './telemetry/health-checks.ts'

export interface Room {
  readonly name: string
  readonly routes?: FastifyPluginAsyncTypebox
  /** What must hold for the worker to take work, by the name that GET /api/health shows. */
  readonly checks?: Readonly<Record<string, HealthCheck>>
  /** Begins what waits for the database; called in the order of opening, once the service listens. May wait for long. */
  recover?(): Promise<void>
  /** Takes no new work and gives what runs so many milliseconds to end. All rooms at once, beside the end of HTTP. */
  drain?(graceMs: number): Promise<void>
  /** Lets go of all that the room holds. The room that was opened last comes first. */
  close?(): Promise<void>
}

/** A room that is open, and what other rooms may ask of it. */
export interface Opened<Api> {
  readonly room: Room
  readonly api: Api
}
