/** The text as PostgreSQL takes it: it takes neither U+0000 nor half a surrogate pair. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}').toWellFormed()
}
