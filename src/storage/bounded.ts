// A time limit for a call that has none of its own, or does not keep it.

/** The time is over. */
export class LateError extends Error {
  override readonly name = 'LateError'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`)
  }
}

/** Gives up after so many ms, or when `given` is aborted: then the signal of the work is aborted as well. */
export async function bounded<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  given?: AbortSignal,
): Promise<T> {
  const controller = new AbortController()
  const { promise: cut, reject } = Promise.withResolvers<never>()
  const giveUp = (reason: Error): void => {
    controller.abort(reason)
    reject(reason)
  }
  const onAbort = (): void => giveUp(given?.reason)
  const timer = setTimeout(() => giveUp(new LateError(timeoutMs)), timeoutMs)
  given?.addEventListener('abort', onAbort)
  try {
    if (given?.aborted) throw given.reason
    return await Promise.race([work(controller.signal), cut])
  } finally {
    clearTimeout(timer)
    given?.removeEventListener('abort', onAbort)
  }
}
