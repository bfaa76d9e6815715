// Variables of the environment that look like ours and are none: what they say would be passed over in silence.

/** Beginnings that are ours alone; PG… and OTEL… are others' as well. */
const OUR_BEGINNINGS =
  /^(TRAIN|TRAINING|PREDICT|PREDICTION|RECOVERY|SHUTDOWN|OVERLOAD|BODY_LIMIT|ALLOWED_HOST|RATE_LIMIT|BODIES_IN_FLIGHT|MODELS_|DATABASE_URL|ML_WORKER)_?/
/** Of OpenSSL, and many machines set it. */
const OTHERS = new Set(['SSL_CERT_FILE'])
/** Shorter names are near to too many others, such as HOST to HOME. */
const LENGTH_MIN = 7
const VARIABLES_MAX = 1_000

/** One line each, by name: what is not read, and the variable that may be meant. */
export function misspeltVariables(names: readonly string[], known: readonly string[]): string[] {
  const isKnown = new Set(known)
  const lines: string[] = []
  for (const name of names.slice(0, VARIABLES_MAX)) {
    if (isKnown.has(name) || OTHERS.has(name) || name.length > 60) continue
    const spelling = name.toUpperCase().replaceAll('-', '_')
    const near = known
      .map((meant) => ({ meant, distance: editDistance(spelling, meant) }))
      .filter(({ meant, distance }) => meant.length >= LENGTH_MIN && distance <= 2)
      .sort((a, b) => a.distance - b.distance)[0]
    if (near !== undefined) lines.push(`${name} is not read; ${near.meant} is`)
    else if (OUR_BEGINNINGS.test(name)) lines.push(`${name} is not read; no variable has that name`)
  }
  return lines
}

/** Insertions, deletions, substitutions and swaps of neighbours (Damerau's distance of optimal alignment). O(a · b). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1))
      ;(rows[i] as number[])[j] = isSwap ? Math.min(least, at(i - 2, j - 2) + 1) : least
    }
  }
  return at(a.length, b.length)
}
