// The rooms that are open: in what order they recover, and how they end.
import type { Logger } from 'pino'
import type { Opened, Room } from './room.ts'
import { HealthChecks } from './telemetry/health-checks.ts'

export class House {
  /** Of all rooms. */
  readonly health = new HealthChecks()
  private readonly opened: Room[] = []
  private readonly log: Logger
  private isDraining = false
  private closing: Promise<void> | undefined

  constructor(log: Logger) {
    this.log = log
    const running = () => {
      if (this.isDraining) throw new Error('shutting down')
      return 'taking requests'
    }
    this.health.add({ running })
  }

  /** In the order of their opening. */
  get rooms(): readonly Room[] {
    return this.opened
  }

  /** Takes a room that is open; its end is the house's from now on. Gives what other rooms may ask of it. */
  add<Api>({ room, api }: Opened<Api>): Api {
    this.opened.push(room)
    this.health.add(room.checks ?? {})
    return api
  }

  /** One room after the other, for each builds on those before it. Ends early when the house is drained meanwhile. */
  async recover(): Promise<void> {
    for (const room of this.opened) {
      if (this.isDraining) return
      await room.recover?.()
    }
  }

  /** Resolves when no room has work under way, or its grace is over. */
  async drain(graceMs: number): Promise<void> {
    this.isDraining = true
    await Promise.all(this.opened.map((room) => room.drain?.(graceMs)))
  }

  /** Closes every room, also when another could not be closed: that is logged. Twice is as good as once. */
  close(): Promise<void> {
    this.isDraining = true
    this.closing ??= this.closeAll()
    return this.closing
  }

  private async closeAll(): Promise<void> {
    for (const room of this.opened.toReversed()) {
      await Promise.try(() => room.close?.()).catch((error) =>
        this.log.error({ err: error, room: room.name }, 'a room could not be closed'),
      )
    }
  }
}
