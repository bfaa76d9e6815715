// Something that goes on beside the kills until it is stopped.

export abstract class Flow {
  private isOn = false
  private flowing: Promise<void> = Promise.resolve()

  start(): void {
    this.isOn = true
    this.flowing = this.flow()
  }

  /** Resolves when the last request has its answer. */
  async stop(): Promise<void> {
    this.isOn = false
    await this.flowing
  }

  /** Waits a little, and sends the next request. */
  protected abstract next(): Promise<void>

  private async flow(): Promise<void> {
    while (this.isOn) await this.next()
  }
}
