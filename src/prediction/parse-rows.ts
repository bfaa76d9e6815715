// The short way from a small body to row objects, for bodies in which all is as it should be.

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The rows of a body {"features": [row, …]}. Undefined for any other body: what is wrong with it, readPredictionFeatures
 * tells. O(bytes).
 */
export function parseRows(body: Uint8Array): readonly unknown[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(decoder.decode(body))
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  for (const member in parsed) if (member !== 'features') return undefined
  const { features } = parsed as { readonly features?: unknown }
  return Array.isArray(features) && features.length > 0 ? features : undefined
}
