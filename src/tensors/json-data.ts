// The member `data` of a tensor, flat or nested, from JSON into a column.
import { ColumnBuilder } from '../model/column-builder.ts'
import { FaultList } from '../model/faults.ts'
import { notMixed } from '../model/read-column.ts'
import { notAValue } from '../model/value-faults.ts'
import type { JsonReader } from '../rows/json-reader.ts'
import { type ElementBudget, takeElements } from './limits.ts'
import type { TensorData } from './tensor-data.ts'

const BRACKET = 0x5b
const BRACKET_END = 0x5d
const NAN_START = 0x4e
/** No shape that is taken has more dimensions. */
const DEPTH_MAX = 2

/**
 * Reads the list at whose bracket the reader stands: numbers, strings, booleans, null, and NaN as Python writes it.
 * What a datatype makes of them is checked later, since it may come later. Throws ServiceError BODY_MALFORMED, and
 * BODY_TOO_LARGE when there are more elements than a table may have cells. O(bytes).
 */
export function readJsonData(reader: JsonReader, budget: ElementBudget): TensorData {
  const builder = new ColumnBuilder('', budget.levels)
  const faults = new FaultList()
  let count = 0
  let deepest = 1
  const readList = (depth: number): void => {
    deepest = Math.max(deepest, depth)
    reader.advance()
    if (reader.peek() === BRACKET_END) {
      reader.advance()
      return
    }
    do {
      if (depth < DEPTH_MAX && reader.peek() === BRACKET) readList(depth + 1)
      else {
        takeElements(budget, 1)
        const wrong = readElement(reader, builder, count)
        if (wrong !== undefined) faults.add({ in: 'inputs', row: count, detail: wrong })
        count += 1
      }
    } while (reader.hasNext(BRACKET_END))
  }
  readList(1)
  return { column: notMixed(builder.finish(count)), count, depth: deepest, faults }
}

/** Returns what is wrong with the element, if anything is. */
function readElement(reader: JsonReader, builder: ColumnBuilder, row: number): string | undefined {
  if (reader.peek() === NAN_START) {
    reader.readWord('NaN')
    return undefined
  }
  switch (reader.typeAhead()) {
    case 'number':
      return builder.setNumber(row, reader.readNumber())
    case 'string':
      reader.scanString()
      return builder.setLevel(row, reader.stringValue())
    case 'boolean': {
      const value = reader.peek() === 0x74
      reader.readWord(value ? 'true' : 'false')
      return builder.setLevel(row, value)
    }
    case 'null':
      reader.readWord('null')
      return undefined
    default:
      return notAValue(`an ${reader.skipValue()}`)
  }
}
