// Details of a signal, cut to what an alert keeps and a notice has room for.

/** Of their JSON. */
export const DETAILS_BYTES_MAX = 8_192
/** Room for the word that something is missing. */
const CUT = { cut_off: true }

/**
 * The members as far as they fit, in their order: of a list that is too long its first entries, anything else as a whole or
 * not at all. Where something is missing, `cut_off` is true. O(bytes of the JSON × log(entries of a list)).
 */
export function boundedDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (sizeOf(details) <= DETAILS_BYTES_MAX) return details
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(details)) {
    const fits = (candidate: unknown): boolean => sizeOf({ ...kept, [name]: candidate, ...CUT }) <= DETAILS_BYTES_MAX
    if (fits(value)) kept[name] = value
    else if (Array.isArray(value) && fits([])) kept[name] = longestThat(value, fits)
  }
  return { ...kept, ...CUT }
}

/** The longest beginning of the list that fits; an empty one fits. */
function longestThat(list: readonly unknown[], fits: (part: readonly unknown[]) => boolean): readonly unknown[] {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(list.slice(0, middle))) low = middle
    else high = middle - 1
  }
  return list.slice(0, low)
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}
