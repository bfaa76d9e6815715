// What several gauges of a moment ask together.

/** Prometheus waits no longer. */
const WAIT_MS = 1_000

/** One question for all who ask at the same time. Gives nothing where it fails, or is not answered within a second. */
export function askedOnce<Row>(ask: () => Promise<readonly Row[]>): () => Promise<readonly Row[]> {
  let asked: Promise<readonly Row[]> | undefined
  return () => {
    asked ??= Promise.race([
      ask().catch(() => []),
      new Promise<readonly Row[]>((resolve) => setTimeout(resolve, WAIT_MS, []).unref()),
    ]).finally(() => {
      asked = undefined
    })
    return asked
  }
}
