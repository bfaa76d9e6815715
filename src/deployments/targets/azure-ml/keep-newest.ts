/** Sets the key as the newest of the map, and forgets the oldest beyond so many. */
export function keepNewest<Value>(map: Map<string, Value>, key: string, value: Value, countMax: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > countMax && oldest !== undefined) map.delete(oldest)
}
