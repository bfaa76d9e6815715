/** The texts that are in a list more than once, each of them once; in the order in which they are repeated. O(texts). */
export function repeatedIn(texts: readonly string[]): string[] {
  const seen = new Set<string>()
  return [...new Set(texts.filter((text) => seen.has(text) || !seen.add(text)))]
}
