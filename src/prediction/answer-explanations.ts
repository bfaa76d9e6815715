// What explanations look like in an answer: members of JSON, or columns of a table.
import type { LabelExplanation } from '../model/explanation-rows.ts'
import type { Column } from '../model/table.ts'
import { doubleText } from './double-text.ts'

/**
 * `"label":[{"class":…,"base":…,"contributions":{"feature":…}},…]` of one row; of a number one, without a class. All features
 * are in the order of the training.
 */
export function explanationWriter(featureNames: readonly string[]) {
  const featureKeys = featureNames.map((name) => `${JSON.stringify(name)}:`)
  return ({ name, classes, bases, contributions }: LabelExplanation): ((row: number) => string) => {
    const key = `${JSON.stringify(name)}:[`
    const heads = classes.map((level, line) => {
      const ofClass = level === null ? '' : `"class":${JSON.stringify(String(level))},`
      return `{${ofClass}"base":${doubleText(bases[line] as number)},"contributions":{`
    })
    return (row) => {
      let text = key
      for (let line = 0; line < heads.length; line++) {
        text += (line > 0 ? ',' : '') + heads[line]
        const from = (row * heads.length + line) * featureKeys.length
        for (let j = 0; j < featureKeys.length; j++) {
          text += (j > 0 ? ',' : '') + featureKeys[j] + doubleText(contributions[from + j] as number)
        }
        text += '}}'
      }
      return `${text}]`
    }
  }
}

/** `"label":{…}`: what the numbers of its explanations are. */
export function explainedOf({ name, explainedAs, link, comparedWith, calibration }: LabelExplanation): string {
  const said = { what: explainedAs, link, compared_with: comparedWith, calibration }
  return `${JSON.stringify(name)}:${JSON.stringify(said)}`
}

/**
 * Rows [start, end) as columns: label.base and label.explanation.feature, of classes label.base.class and
 * label.explanation.class.feature.
 */
export function explanationColumns(
  explanations: readonly LabelExplanation[],
  featureNames: readonly string[],
  start: number,
  end: number,
): Column[] {
  return explanations.flatMap(({ name, classes, bases, contributions }) =>
    classes.flatMap((level, line): Column[] => {
      const ofClass = level === null ? '' : `.${level}`
      const base = new Float64Array(end - start).fill(bases[line] as number)
      const added = featureNames.map((feature, j): Column => {
        const values = new Float64Array(end - start)
        for (let i = 0; i < values.length; i++) {
          values[i] = contributions[((start + i) * classes.length + line) * featureNames.length + j] as number
        }
        return { kind: 'numeric', name: `${name}.explanation${ofClass}.${feature}`, values }
      })
      return [{ kind: 'numeric', name: `${name}.base${ofClass}`, values: base }, ...added]
    }),
  )
}
