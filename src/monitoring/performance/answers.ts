// What the answers of a version are, and what outcomes mean to it.
import type { Level } from '../../model/table.ts'
import { outcomeText } from '../outcomes/outcome.ts'

/** Of the first output of a version. */
export type Answers =
  | {
      readonly kind: 'classes'
      /** By code. */
      readonly classes: readonly Level[]
      /** Whether an answer is always the class with the largest probability: not of a training with a threshold. */
      readonly isLargest: boolean
    }
  | { readonly kind: 'numbers' }

/**
 * Which texts of outcomes mean which class. Beside a class as it is, a text that reads as it does, where no other class is so:
 * a CSV has 1 and "1" alike. O(classes).
 */
export function outcomesOfClasses(classes: readonly Level[]): { outcomes: string[]; codes: number[] } {
  const exact = new Map(classes.map((level, code) => [outcomeText(level), code]))
  const all = new Map(exact)
  classes.forEach((level, code) => {
    const others: Level[] = typeof level === 'string' ? otherForms(level) : [String(level)]
    for (const other of others) if (!all.has(outcomeText(other))) all.set(outcomeText(other), code)
  })
  return { outcomes: [...all.keys()], codes: [...all.values()] }
}

/** The number or the boolean that a text reads as. */
function otherForms(text: string): Level[] {
  if (text === 'true' || text === 'false') return [text === 'true']
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? [number] : []
}
