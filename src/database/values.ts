// How values of the database are read: ids of any integer type are numbers.
import pg from 'pg'

const INT8 = 20

/** For clients of ours: bigint as a number, where pg gives text. Ids of 2^53 and more have no number: they throw. */
export const VALUE_TYPES: pg.CustomTypesConfig = {
  // biome-ignore lint/suspicious/noExplicitAny: the parsers of pg give values of any type
  getTypeParser(oid: number, format?: any): any {
    return oid === INT8 && format !== 'binary' ? toSafeInteger : pg.types.getTypeParser(oid, format)
  },
}

function toSafeInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new Error(`expected an integer up to 2^53 - 1 of the database, got ${text}`)
}
