// Which parts of a workbook hold what: its sheets by name, its shared texts, its styles.
import { posix } from 'node:path'
import type { TableMemory } from '../../model/table-memory.ts'
import { LEVEL_BYTES } from '../../model/table-memory.ts'
import { readXml } from './read-xml.ts'
import type { ZipParts } from './zip-parts.ts'

export interface Sheet {
  readonly name: string
  readonly part: string
}

export interface WorkbookParts {
  readonly sheets: readonly Sheet[]
  readonly texts: string | undefined
  readonly styles: string | undefined
  /** Days count from 1904, as in old files of the Macintosh. */
  readonly is1904: boolean
}

interface Relation {
  readonly type: string
  readonly part: string
}

const RELATIONS_MAX = 10_000
const ESCAPED = /_x([0-9A-Fa-f]{4})_/g

/** Throws an Error that says what the archive is where it is no workbook of this kind. */
export async function readWorkbookParts(parts: ZipParts): Promise<WorkbookParts> {
  const roots = [...(await readRelations(parts, '_rels/.rels', '')).values()]
  const main = roots.find(({ type }) => type === 'officeDocument')?.part
  if (main === undefined || !parts.has(main)) throw new Error(whatItIs(parts))
  if (main.endsWith('.bin')) throw new Error('it is a binary workbook (xlsb): save it as .xlsx')
  if (!main.startsWith('xl/')) throw new Error('it is another document of Office, and no workbook')
  const folder = posix.dirname(main)
  const relations = await readRelations(parts, `${folder}/_rels/${posix.basename(main)}.rels`, folder)
  const sheets: Sheet[] = []
  let is1904 = false
  await readXml(parts.read(main), {
    open(name, attributes) {
      if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributes['date1904'] ?? '')
      if (name !== 'sheet' || sheets.length >= RELATIONS_MAX) return
      const id = Object.entries(attributes).find(([key]) => key === 'id' || key.endsWith(':id'))?.[1]
      const relation = relations.get(id ?? '')
      // Sheets of charts have no rows.
      if (relation?.type === 'worksheet') sheets.push({ name: attributes['name'] ?? '', part: relation.part })
    },
  })
  const partOf = (wanted: string): string | undefined =>
    [...relations.values()].find(({ type }) => type === wanted)?.part
  return { sheets, texts: partOf('sharedStrings'), styles: partOf('styles'), is1904 }
}

function whatItIs(parts: ZipParts): string {
  if (parts.has('content.xml') && parts.has('mimetype')) {
    return 'it is an OpenDocument file (ods): save it as .xlsx, or as CSV'
  }
  return 'it is a zip archive without a workbook'
}

/** By id. */
async function readRelations(parts: ZipParts, part: string, folder: string): Promise<Map<string, Relation>> {
  const relations = new Map<string, Relation>()
  if (!parts.has(part)) return relations
  await readXml(parts.read(part), {
    open(name, attributes) {
      if (name !== 'Relationship') return
      if (relations.size >= RELATIONS_MAX) throw new Error(`it has more than ${RELATIONS_MAX} relations`)
      const { Id: id = '', Type: type = '', Target: target = '' } = attributes
      const path = target.startsWith('/') ? target.slice(1) : posix.join(folder, target)
      relations.set(id, { type: type.slice(type.lastIndexOf('/') + 1), part: path })
    },
  })
  return relations
}

/** The texts that cells refer to by number. What is read aloud of them (phonetic) is left out. */
export async function readSharedTexts(
  parts: ZipParts,
  part: string | undefined,
  memory: TableMemory | undefined,
): Promise<string[]> {
  const texts: string[] = []
  if (part === undefined || !parts.has(part)) return texts
  let text = ''
  let isInText = false
  let isPhonetic = false
  await readXml(parts.read(part), {
    open(name) {
      if (name === 'si') text = ''
      else if (name === 't') isInText = true
      else if (name === 'rPh') isPhonetic = true
    },
    text(piece) {
      if (isInText && !isPhonetic) text += piece
    },
    close(name) {
      if (name === 't') isInText = false
      else if (name === 'rPh') isPhonetic = false
      else if (name === 'si') {
        memory?.take(LEVEL_BYTES + 2 * text.length)
        texts.push(unescaped(text))
      }
    },
  })
  return texts
}

/** Characters that XML cannot have are written as _x000D_. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
