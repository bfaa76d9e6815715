// Rows with bytes out of the database as they are. pg turns the rows of other statements into text: twice the bytes, and
// nothing beyond the longest string of V8. The rows of a COPY it hands on untouched.
import type pg from 'pg'

/** What stands before the first row: a signature, flags, and the length of an extension. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
const HEADER_LENGTH = SIGNATURE.length + 8
/** A count of fields that is none: the end. */
const TRAILER = -1

export interface CopyOptions {
  /** The whole statement, with values in it: COPY takes no parameters. */
  readonly statement: string
  readonly timeoutMs: number
  /** Hears every row. The bytes are valid during the call only; null is a missing value. */
  readonly onRow: (fields: readonly (Buffer | null)[]) => void
}

/** Runs a `copy (…) to stdout (format binary)`. The connection is dropped when it fails. Holds one row at a time. */
export async function copyOut(pool: pg.Pool, options: CopyOptions): Promise<void> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      client.query(new CopyOut(options, (error) => (error == null ? resolve() : reject(error))))
    })
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

/** What pg asks of a query that is not its own. */
class CopyOut implements pg.Submittable {
  /** pg puts its own in this place, which ends the time limit. */
  callback: (error?: Error | null) => void
  readonly query_timeout: number
  private readonly options: CopyOptions
  private failure: Error | undefined

  constructor(options: CopyOptions, callback: (error?: Error | null) => void) {
    this.options = options
    this.callback = callback
    this.query_timeout = options.timeoutMs
  }

  submit(connection: pg.Connection): void {
    connection.query(this.options.statement)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.failure !== undefined) return
    try {
      const row = fieldsOf(chunk)
      if (row !== undefined) this.options.onRow(row)
    } catch (error) {
      // Thrown here it would be nobody's.
      this.failure = error as Error
    }
  }

  handleError(error: Error): void {
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(this.failure)
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
}

/** The fields of a row; undefined for the end. PostgreSQL sends each row as one message, the header with the first. */
function fieldsOf(message: Buffer): (Buffer | null)[] | undefined {
  const isFirst = message.subarray(0, SIGNATURE.length).equals(SIGNATURE)
  let at = isFirst ? HEADER_LENGTH + message.readInt32BE(HEADER_LENGTH - 4) : 0
  if (at === message.length) return undefined
  const fieldCount = message.readInt16BE(at)
  at += 2
  if (fieldCount === TRAILER) return undefined
  return Array.from({ length: fieldCount }, () => {
    const length = message.readInt32BE(at)
    at += 4
    if (length < 0) return null
    const field = message.subarray(at, at + length)
    at += length
    return field
  })
}
