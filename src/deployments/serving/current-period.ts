/** When the minute, the hour or the like began that it is now, in ms since 1970. Some 30 ns. */
export function currentPeriod(lengthMs: number): number {
  const now = Date.now()
  return now - (now % lengthMs)
}
