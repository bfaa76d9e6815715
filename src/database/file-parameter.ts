// A statement one of whose values is a file: sent in parts as they are read. pg would hold it in memory four times over.

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type pg from 'pg'
import type { Transaction } from './pool.ts'

export interface FileStatement {
  /** $1 is the value, $2 the bytes. */
  readonly text: string
  readonly value: string
  readonly path: string
  /** Of the file: what it has more is not sent, what it has less breaks the connection off. */
  readonly byteLength: number
  readonly timeoutMs: number
}

/** PostgreSQL's codes of formats. */
const AS_TEXT = 0
const AS_BYTES = 1
const CHUNK_BYTES = 2 ** 20

/** Runs the statement, and gives how many rows it was of. */
export function runWithFile(tx: Transaction, statement: FileStatement): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null | undefined, rowCount = 0): void =>
      error == null ? resolve(rowCount) : reject(error)
    // A transaction is a client of pg.
    ;(tx as unknown as pg.ClientBase).query(new FileQuery(statement, done))
  })
}

/** What pg asks of a query that is not its own. */
class FileQuery implements pg.Submittable {
  /** pg puts its own in this place, which ends the time limit. */
  callback: (error?: Error | null, rowCount?: number) => void
  readonly query_timeout: number
  private readonly statement: FileStatement
  private rowCount = 0

  constructor(statement: FileStatement, callback: FileQuery['callback']) {
    this.statement = statement
    this.callback = callback
    this.query_timeout = statement.timeoutMs
  }

  submit(connection: pg.Connection): void {
    const { text } = this.statement
    connection.parse({ name: '', text, types: [] }, false)
    this.bind(connection.stream).then(
      () => {
        connection.execute({ portal: '', rows: '' }, false)
        connection.sync()
      },
      (error: Error) => {
        // Half a message cannot be taken back.
        this.callback(error)
        connection.stream.destroy(error)
      },
    )
  }

  /** https://www.postgresql.org/docs/current/protocol-message-formats.html, Bind. */
  private async bind(stream: pg.Connection['stream']): Promise<void> {
    const { value, path, byteLength } = this.statement
    const text = Buffer.from(value)
    const parts = [zeroBytes(2), int16s(2, AS_TEXT, AS_BYTES, 2), int32(text.length), text, int32(byteLength)]
    const head = Buffer.concat(parts)
    const tail = int16s(0)
    stream.write(Buffer.concat([Buffer.from('B'), int32(4 + head.length + byteLength + tail.length), head]))
    let left = byteLength
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, end: byteLength - 1 })) {
      left -= (chunk as Buffer).length
      if (stream.destroyed) throw new Error('Connection terminated')
      if (!stream.write(chunk)) await drainOrClose(stream)
    }
    if (left > 0) throw new Error(`${path} became shorter while it was sent`)
    stream.write(tail)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rowCount = Number(/\d+$/.exec(text)?.[0] ?? 0)
  }

  handleError(error: Error): void {
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(null, this.rowCount)
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
}

/** Leaves no listener behind: the connection sends many files in its life. */
async function drainOrClose(stream: pg.Connection['stream']): Promise<void> {
  const either = new AbortController()
  const { signal } = either
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })])
  } finally {
    either.abort()
  }
}

const zeroBytes = (count: number): Buffer => Buffer.alloc(count)

function int16s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [i, value] of values.entries()) bytes.writeInt16BE(value, 2 * i)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
