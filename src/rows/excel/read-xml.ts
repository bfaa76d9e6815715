// XML of anybody, in pieces, as elements that begin and end. What may be of any length is held to a bound.
import { SaxesParser } from 'saxes'

export interface XmlHandler {
  /** An element begins: its name without a prefix, and its attributes. */
  open?(name: string, attributes: Readonly<Record<string, string>>): void
  /** Text within the innermost element. */
  text?(text: string): void
  close?(name: string): void
}

/** Characters of a text or a tag at the most; a cell has up to 32,767. */
const PIECE_LENGTH_MAX = 2 ** 22
const DEPTH_MAX = 64

/** Throws an Error for what is no XML in UTF-8, and what the handler throws. O(bytes). */
export async function readXml(chunks: AsyncIterable<Uint8Array>, handler: XmlHandler): Promise<void> {
  const parser = new SaxesParser({ position: false })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let depth = 0
  let sinceEvent = 0
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('its XML has a document type')
  })
  parser.on('opentag', ({ name, attributes }) => {
    sinceEvent = 0
    depth += 1
    if (depth > DEPTH_MAX) throw new Error(`its XML nests more than ${DEPTH_MAX} deep`)
    handler.open?.(localName(name), attributes as Readonly<Record<string, string>>)
  })
  parser.on('text', (text) => {
    sinceEvent = 0
    handler.text?.(text)
  })
  parser.on('cdata', (text) => handler.text?.(text))
  parser.on('closetag', ({ name }) => {
    sinceEvent = 0
    depth -= 1
    handler.close?.(localName(name))
  })
  const write = (text: string): void => {
    sinceEvent += text.length
    parser.write(text)
    if (sinceEvent > PIECE_LENGTH_MAX)
      throw new Error(`its XML has a piece of more than ${PIECE_LENGTH_MAX} characters`)
  }
  for await (const chunk of chunks) write(decoder.decode(chunk, { stream: true }))
  write(decoder.decode())
  parser.close()
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
