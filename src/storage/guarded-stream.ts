// The bytes of an object on their way from a store: they end with its last byte, or with an error in our words.
import { type Readable, Transform } from 'node:stream'

/** idleMs: the longest wait for the next bytes, while somebody reads. asOurs: says an error of the store in our words. */
export function guardedStream(source: Readable, idleMs: number, asOurs: (error: unknown) => Error): Readable {
  let timer: NodeJS.Timeout | undefined
  const guard = new Transform({
    transform(chunk, _encoding, done) {
      timer?.refresh()
      done(null, chunk)
    },
    destroy(error, done) {
      clearTimeout(timer)
      source.destroy()
      done(error)
    },
  })
  const fail = (error: unknown): void => void guard.destroy(asOurs(error))
  timer = setTimeout(function look() {
    // Bytes that nobody has taken yet are no silence of the store.
    if (guard.readableLength > 0) timer?.refresh()
    else fail(new Error(`no more bytes came for ${idleMs / 1000} s`))
  }, idleMs)
  timer.unref()
  source.on('error', fail)
  source.on('close', () => {
    if (!source.readableEnded && !guard.destroyed) fail(new Error('the connection broke off'))
  })
  source.on('end', () => clearTimeout(timer))
  return source.pipe(guard)
}
