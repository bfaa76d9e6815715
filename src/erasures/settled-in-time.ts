// What is on its way when an erasure begins is waited for, within a bound.

/** Longer than any request may take to be received and answered. */
const WAIT_MS = 900_000

/** Throws when the signal or the bound comes first. */
export async function settledInTime(settled: Promise<void>, stop: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(WAIT_MS)])
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([settled, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
