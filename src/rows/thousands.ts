// Numbers whose decimal mark may part thousands: 1.500 is one and a half, or fifteen hundred.
import type { Warning } from '../learning/warnings.ts'
import { mayBeThousands } from '../model/judge-column.ts'
import { type CsvSample, fieldText, type SampleField, shortFieldText } from './csv-sample.ts'

/** What stands beside thousands: numbers below a thousand, without the mark. */
const BELOW_THOUSAND = /^\s*(?:[+-]?(?:0|[1-9]\d{0,2}))?\s*$/
/** Fewer numbers of that form may have three decimals by chance. */
const GROUPS_MIN = 3
const COLUMNS_TOLD_MAX = 10

/**
 * A warning for each column whose numbers all look like thousands, though the mark is taken for that of decimals: of the
 * first ten such columns. records: the header first.
 */
export function doubtThousands(
  sample: CsvSample,
  [header = [], ...rows]: readonly (readonly SampleField[])[],
  mark: 'point' | 'comma',
): Warning[] {
  const doubts: Warning[] = []
  for (let i = 0; i < header.length && doubts.length < COLUMNS_TOLD_MAX; i++) {
    let count = 0
    const areThousands = rows.every((row) => {
      const field = row[i]
      const text = field === undefined ? '' : shortFieldText(sample, field)
      if (text === undefined) return false
      const isGroup = mayBeThousands(text, mark)
      if (isGroup) count += 1
      return isGroup || BELOW_THOUSAND.test(text)
    })
    if (!areThousands || count < GROUPS_MIN) continue
    const message = `Each number with a ${mark} has three digits behind it, as thousands have. The ${mark} was taken for that of decimals; write the numbers without it where they are thousands`
    doubts.push({ code: 'THOUSANDS_DOUBTED', column: fieldText(sample, header[i] as SampleField).trim(), message })
  }
  return doubts
}
