// What a column may be called, and what text may stand in it.

/** What is said of a string with half a surrogate pair: it cannot be written as UTF-8, and would come back as another. */
export function notText(text: string): string | undefined {
  return text.isWellFormed() ? undefined : 'expected Unicode text, got half a surrogate pair'
}

/** Characters of a column's name: a table may have ten thousand of them. */
export const NAME_LENGTH_MAX = 1000

/** What is said of a name that no column can have. */
export function notAName(name: string): string | undefined {
  if (name.length > NAME_LENGTH_MAX)
    return `a name of ${name.length} characters; expected ${NAME_LENGTH_MAX} at the most`
  return notText(name)
}
