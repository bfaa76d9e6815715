// Sends an object in parts, some at once, and takes all of them back when one fails.
import type { PartsUpload, PutRequest, RemoteStore } from './remote-store.ts'

/** Runs a request within its time limit. */
type Request = <T>(work: (request: PutRequest) => Promise<T>) => Promise<T>

/** Holds as many parts as the store takes at once, and one more. Throws what the store or the parts throw; nothing is left then. */
export async function sendParts(
  store: RemoteStore,
  key: string,
  parts: AsyncGenerator<Buffer>,
  request: Request,
): Promise<void> {
  const upload = await request((how) => store.beginParts(key, how))
  const sending = new Set<Promise<void>>()
  try {
    let index = 0
    for await (const part of parts) {
      const sent = sendPart(upload, index++, part, request)
      // One that fails stays, so that the next wait throws.
      sent.then(
        () => sending.delete(sent),
        () => {},
      )
      sending.add(sent)
      if (sending.size >= store.partsAtOnce) await Promise.race(sending)
    }
    await Promise.all(sending)
    await request(({ signal }) => upload.complete(signal))
  } catch (error) {
    // A part that comes after the abort would stay.
    await Promise.allSettled(sending)
    await upload.abort().catch(() => {})
    throw error
  }
}

function sendPart(upload: PartsUpload, index: number, part: Buffer, request: Request): Promise<void> {
  return request(({ signal }) => upload.put(index, part, signal))
}
