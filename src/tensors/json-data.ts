// The member `data` of a tensor, flat or nested, from JSON into a column.
import { ColumnBuilder } from '../model/column-builder.ts'
import { FaultList } from '../model/faults.ts'
import { notMixed } from '../model/read-column.ts'
import { notAValue } from '../model/value-faults.ts'
import type { JsonReader } from '../rows/json-reader.ts'
import { type ElementBudget, RANK_MAX, takeElements } from './limits.ts'
import type { TensorData } from './tensor-data.ts'

const BRACKET = 0x5b
const BRACKET_END = 0x5d
const NAN_START = 0x4e

/**
 * Reads the list at whose bracket the reader stands: numbers, strings, booleans, null, and NaN as Python writes it.
 * What a datatype makes of them is checked later, since it may come later. Throws ServiceError BODY_MALFORMED, and
 * BODY_TOO_LARGE when there are more elements than a table may have cells. O(bytes).
 */
export function readJsonData(reader: JsonReader, budget: ElementBudget): TensorData {
  const builder = new ColumnBuilder('', budget.levels)
  const faults = new FaultList()
  const nesting = new Nesting()
  let count = 0
  const readList = (depth: number): void => {
    reader.advance()
    if (reader.peek() === BRACKET_END) {
      reader.advance()
      nesting.list(depth, 0)
      return
    }
    let length = 0
    do {
      if (depth < RANK_MAX && reader.peek() === BRACKET) readList(depth + 1)
      else {
        takeElements(budget, 1)
        const wrong = readElement(reader, builder, count)
        if (wrong !== undefined) faults.add({ in: 'inputs', row: count, detail: wrong })
        nesting.element(depth)
        count += 1
      }
      length += 1
    } while (reader.hasNext(BRACKET_END))
    nesting.list(depth, length)
  }
  readList(1)
  const { depth, shape: nested } = nesting
  return { column: notMixed(builder.finish(count)), count, depth, nested, faults }
}

/** How lists stand in lists. */
class Nesting {
  /** Of the lists at each depth; lists of one depth have one length where they are a tensor. */
  private readonly lengths: number[] = []
  private elementDepth = 0
  private isRagged = false

  /** A list has ended. */
  list(depth: number, length: number): void {
    const before = this.lengths[depth - 1]
    if (before === undefined) this.lengths[depth - 1] = length
    else if (before !== length) this.isRagged = true
  }

  element(depth: number): void {
    if (this.elementDepth === 0) this.elementDepth = depth
    else if (this.elementDepth !== depth) this.isRagged = true
  }

  get depth(): number {
    return this.lengths.length
  }

  get shape(): readonly number[] | undefined {
    return this.isRagged ? undefined : this.lengths
  }
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
