// What recommenders learn from in the demonstration: readers and books, made up. Each reader has one of three tastes.
import type { Row } from './csv.ts'
import type { Lesson } from './lessons.ts'

const READERS = 90
const BOOKS_OF_TASTE = 12
const TASTES = ['crime', 'travel', 'poetry'] as const
/** Of the books of the taste a reader has read so many, and one of another taste. */
const READ = 7
const LISTED = 10

/** One book of each reader is held out. */
export function prepareTastes(modelName: string): Lesson {
  const rows = Array.from({ length: READERS }, (_, reader) => booksOf(reader)).flat()
  const isHeldOut = (_: unknown, i: number): boolean => i % (READ + 1) === 0
  const [trained, heldOut] = [rows.filter((row, i) => !isHeldOut(row, i)), rows.filter(isHeldOut)]
  const only = (name: string, part: readonly Row[]): Row[] => part.map((row) => ({ [name]: row[name] ?? null }))
  return {
    // As many factors as there are books would learn by heart who has not read what.
    parameters: modelName === 'als_recommender' ? { factors: TASTES.length } : {},
    train: { features: only('reader', trained), labels: only('book', trained) },
    test: { features: only('reader', heldOut), labels: only('book', heldOut) },
    scoreName: `found in ${LISTED}`,
    score(predictions) {
      const lists = predictions.map(({ book }) => book as unknown as readonly unknown[])
      return lists.filter((list, i) => list.includes(heldOut[i]?.['book'])).length / heldOut.length
    },
  }
}

function booksOf(reader: number): Row[] {
  const taste = TASTES[reader % TASTES.length] as string
  const other = TASTES[(reader + 1) % TASTES.length] as string
  // 5 and 12 have no common factor: no book comes twice.
  const books = Array.from({ length: READ }, (_, i) => `${taste} ${(reader * 7 + i * 5) % BOOKS_OF_TASTE}`)
  return [...books, `${other} ${reader % BOOKS_OF_TASTE}`].map((book) => ({ reader: `reader ${reader}`, book }))
}
