// Numbers and counts as people read them.

/** To four digits, whole numbers in full; "–" for none. */
export function formatNumber(value: number | null): string {
  if (value === null) return '–'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return formatCount(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(2).replace('e+', 'e')
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 4 }).format(value).replace('-', '−')
}

export function formatCount(value: number): string {
  return new Intl.NumberFormat('en').format(value).replace('-', '−')
}

export function formatPercent(share: number): string {
  return Number.isFinite(share)
    ? `${new Intl.NumberFormat('en', { maximumFractionDigits: 1 }).format(share * 100)} %`
    : '–'
}

/** "3 rows", "1 row". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** A name that stands among others in a sentence. */
export function clipped(name: string): string {
  return name.length <= 30 ? name : `${name.slice(0, 29).toWellFormed()}…`
}
