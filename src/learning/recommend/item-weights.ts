// How much a user's taking an item says about the item: what similarities are taken of.
import type { BothSides, Interactions } from './interactions.ts'

export interface Weighting {
  readonly similarity: 'cosine' | 'tfidf' | 'bm25'
  readonly k1: number
  readonly b: number
}

/**
 * The weight of each pair of `byItem`, in its order, where an item is a document and its users are terms:
 *
 * cosine  the weight itself
 * tfidf   √weight · ln(items ÷ (1 + items of the user))
 * bm25    weight · (k1 + 1) ÷ (weight + k1 · (1 − b + b · sum of the item ÷ mean of the sums)) · the same logarithm
 *         (Robertson and Zaragoza 2009, with the idf of `implicit`)
 *
 * Those of cosine and tfidf are divided by their length, so that an item is of similarity 1 to itself.
 * O(pairs).
 */
export function weighItems({ byUser, byItem }: BothSides, { similarity, k1, b }: Weighting): Float64Array {
  if (similarity === 'cosine') return normalised(byItem, byItem.weights)
  const { starts, others, weights } = byItem
  const itemCount = starts.length - 1
  const idf = Float64Array.from({ length: byUser.starts.length - 1 }, (_, user) => {
    return Math.log(itemCount) - Math.log1p((byUser.starts[user + 1] as number) - (byUser.starts[user] as number))
  })
  const idfOf = (k: number): number => idf[others[k] as number] as number
  if (similarity === 'tfidf')
    return normalised(
      byItem,
      weights.map((weight, k) => Math.sqrt(weight) * idfOf(k)),
    )
  const sums = new Float64Array(itemCount)
  for (let item = 0; item < itemCount; item++) {
    for (let k = starts[item] as number; k < (starts[item + 1] as number); k++) {
      sums[item] = (sums[item] as number) + (weights[k] as number)
    }
  }
  const mean = sums.reduce((sum, value) => sum + value, 0) / itemCount
  const weighed = new Float64Array(weights.length)
  for (let item = 0; item < itemCount; item++) {
    const norm = k1 * (1 - b + (b * (sums[item] as number)) / mean)
    for (let k = starts[item] as number; k < (starts[item + 1] as number); k++) {
      const weight = weights[k] as number
      weighed[k] = ((weight * (k1 + 1)) / (norm + weight)) * idfOf(k)
    }
  }
  return weighed
}

/** Of an item whose weights are all 0 they stay so. */
function normalised({ starts }: Interactions, weights: Float64Array): Float64Array {
  const divided = new Float64Array(weights.length)
  for (let item = 0; item < starts.length - 1; item++) {
    const [from, to] = [starts[item] as number, starts[item + 1] as number]
    let largest = 0
    for (let k = from; k < to; k++) largest = Math.max(largest, Math.abs(weights[k] as number))
    if (largest === 0) continue
    let squares = 0
    for (let k = from; k < to; k++) squares += ((weights[k] as number) / largest) ** 2
    const length = Math.sqrt(squares)
    for (let k = from; k < to; k++) divided[k] = (weights[k] as number) / largest / length
  }
  return divided
}
