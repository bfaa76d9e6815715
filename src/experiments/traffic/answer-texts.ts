// Answers of rows as texts, as outcomes are kept: so what was answered and what was true can be held against each other.
import type { Level } from '../../model/table.ts'
import { outcomeText } from '../../monitoring/outcomes/outcome.ts'
import type { SampledRows } from '../../prediction/rows-watch.ts'

/** A text a row; null where there is no answer. O(rows). */
export function answerTexts({ answers, classes }: Pick<SampledRows, 'answers' | 'classes'>): (string | null)[] {
  if (classes === undefined) return Array.from(answers, (value) => (Number.isNaN(value) ? null : outcomeText(value)))
  const texts = textsOf(classes)
  return Array.from(answers, (code) => texts[code] ?? null)
}

const textsByClasses = new WeakMap<readonly Level[], readonly string[]>()

/** Made once for a pipeline's list of classes. */
function textsOf(classes: readonly Level[]): readonly string[] {
  let texts = textsByClasses.get(classes)
  if (texts === undefined) {
    texts = classes.map(outcomeText)
    textsByClasses.set(classes, texts)
  }
  return texts
}
