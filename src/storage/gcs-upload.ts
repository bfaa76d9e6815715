// One resumable upload of Google Cloud Storage, a part after the other.
// https://cloud.google.com/storage/docs/performing-resumable-uploads
import { RESUME_INCOMPLETE, sendOnce, withAttempts } from './gcs-api.ts'
import type { RemoteTimes } from './remote-store.ts'

export class GcsUpload {
  /** Of the session: who has it needs no other key. */
  private readonly url: string
  private readonly times: RemoteTimes
  /** The last part says how long the object is: each part waits until it is known whether another one comes. */
  private held: Buffer = Buffer.alloc(0)
  private sentBytes = 0

  constructor(url: string, times: RemoteTimes) {
    this.url = url
    this.times = times
  }

  /** Holds the part, and sends the one before: a multiple of 256 KiB. */
  async put(bytes: Buffer, signal: AbortSignal): Promise<void> {
    if (this.held.length > 0) await this.send(undefined, signal)
    this.held = bytes
  }

  async complete(signal: AbortSignal): Promise<void> {
    await this.send(this.sentBytes + this.held.length, signal)
  }

  /** Google answers 499 when it has dropped what it had. */
  async abort(): Promise<void> {
    const signal = AbortSignal.timeout(this.times.requestMs)
    await sendOnce({ method: 'DELETE', url: this.url, signal }, this.times)
  }

  /** Sends the part that is held. total: of the object, with its last part. */
  private async send(total: number | undefined, signal: AbortSignal): Promise<void> {
    const start = this.sentBytes
    const end = start + this.held.length
    let from = start
    await withAttempts(this.times, signal, async (index) => {
      if (index > 0) from = Math.max(start, await this.request(new Uint8Array(), `*/${total ?? '*'}`, signal))
      if (from >= end) return
      const bytes = new Uint8Array(this.held.subarray(from - start))
      from = await this.request(bytes, `${from}-${end - 1}/${total ?? '*'}`, signal)
      if (from < end) throw new Error('the store took a part of the bytes only')
    })
    this.sentBytes = end
  }

  /** Returns how many bytes of the object the store has; infinitely many when the object is there. */
  private async request(body: Uint8Array<ArrayBuffer>, range: string, signal: AbortSignal): Promise<number> {
    const headers = { 'content-range': `bytes ${range}` }
    const answer = await sendOnce({ method: 'PUT', url: this.url, headers, body, signal }, this.times)
    await answer.arrayBuffer()
    if (answer.status !== RESUME_INCOMPLETE) return Number.POSITIVE_INFINITY
    const [, last] = /^bytes=0-(\d+)$/.exec(answer.headers.get('range') ?? '') ?? []
    return last === undefined ? 0 : Number(last) + 1
  }
}
