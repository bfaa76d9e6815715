// Answers of rows as texts, as outcomes are kept: so what was answered and what was true can be held against each other.
import type { Level } from '../../model/table.ts'
import { outcomeText } from '../../monitoring/outcomes/outcome.ts'
import type { SampledRows } from '../../prediction/rows-watch.ts'

/** A text a row; null where there is no answer. O(rows). */
export function answerTexts({ answers, classes }: Pick<SampledRows, 'answers' | 'classes'>): (string | null)[] {
  const found = new Array<string | null>(answers.length)
  const texts = classes && textsOf(classes)
  for (let i = 0; i < found.length; i++) {
    const answer = answers[i] as number
    if (texts !== undefined) found[i] = texts[answer] ?? null
    else found[i] = Number.isNaN(answer) ? null : outcomeText(answer)
  }
  return found
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
