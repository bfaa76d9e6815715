// Rows out of a file or standard input, in the form that the name of the file tells.
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { FORM_OF_ENDING, type RowsForm } from '../rows/forms.ts'
import { CommandError, UsageError } from './command.ts'

export interface DataFile {
  readonly form: RowsForm
  readonly bytes: Buffer
  /** True of a JSON object, which has labels and parameters itself. */
  readonly isRequest: boolean
}

/** Files that people have, and what to do with them. */
const REFUSED_ENDINGS: Readonly<Record<string, string>> = {
  '.xls': 'a workbook of the older Excel: save it as .xlsx, or as CSV',
  '.xlsb': 'a binary workbook: save it as .xlsx, or as CSV',
  '.ods': 'an OpenDocument sheet: save it as .xlsx, or as CSV',
}
const BRACKET = 0x5b

/**
 * `name` is a path, or "-" for standard input, which is CSV unless `form` says otherwise. A JSON list of row objects
 * becomes lines. Throws UsageError for a form that is not known, CommandError for a file that cannot be read.
 */
export async function readDataFile(name: string | undefined, given?: string): Promise<DataFile> {
  if (name === undefined)
    throw new UsageError('--data is missing: name the file with the rows, or - for standard input, or a --dataset')
  const form = formOfFile(name, given)
  return dataFileOf(await readAll(name), form, shownName(name))
}

/** shown: what the bytes are called in errors. Throws CommandError. */
export function dataFileOf(bytes: Buffer, form: RowsForm, shown: string): DataFile {
  if (bytes.length === 0) throw new CommandError(`${shown} is empty; expected rows`)
  if (form !== 'json') return { form, bytes, isRequest: false }
  if (firstByte(bytes) !== BRACKET) return { form, bytes, isRequest: true }
  return { form: 'ndjson', bytes: linesOf(bytes, shown), isRequest: false }
}

/** The form that the ending tells, or the caller. Throws UsageError for one that is not known. */
export function formOfFile(name: string, given?: string): RowsForm {
  const extension = given === undefined ? (name === '-' ? '.csv' : extname(name).toLowerCase()) : `.${given}`
  const form = FORM_OF_ENDING[extension]
  const refused = given === undefined ? REFUSED_ENDINGS[extension] : undefined
  if (refused !== undefined) throw new UsageError(`${shownName(name)} is ${refused}`)
  if (form !== undefined) return form
  const known = Object.keys(FORM_OF_ENDING).join(', ')
  const what = given === undefined ? `"${name}" has none of the endings` : `--data-format "${given}" is none of`
  throw new UsageError(`${what} ${given === undefined ? known : known.replaceAll('.', '')}`)
}

async function readAll(name: string): Promise<Buffer> {
  try {
    if (name !== '-') return await readFile(name)
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  } catch (error) {
    throw cannotRead(`--data ${name}`, error)
  }
}

/** What is said of a file that cannot be read. */
export function cannotRead(what: string, error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[code ?? '']
  return new CommandError(`${what}: ${reason ?? message}`, { cause: error })
}

function firstByte(bytes: Buffer): number | undefined {
  return bytes
    .subarray(0, 4096)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
    .codePointAt(0)
}

function linesOf(bytes: Buffer, shown: string): Buffer {
  let rows: unknown[]
  try {
    rows = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new CommandError(`${shown} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

function shownName(name: string): string {
  return name === '-' ? 'standard input' : name
}
