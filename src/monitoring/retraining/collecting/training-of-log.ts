// How a challenger is trained from rows of the log: as the project says, but for columns that are no features, which no log has.
import { shownNames } from '../../../model/shown.ts'
import type { ProjectContent, TrainingOptions } from '../../../projects/project.ts'
import type { Collected } from '../retraining.ts'

/** What is said in place of what the project says. */
export function trainingOfLog({ features, weightColumn }: Collected): {
  readonly features: readonly string[]
  readonly options: TrainingOptions
} {
  // An empty text takes an option away.
  return { features, options: { weights: weightColumn ?? '', split_by: '' } }
}

/** What the challenger is trained without, in words; undefined where that is nothing. */
export function trainedWithout({ options }: Pick<ProjectContent, 'options'>): string | undefined {
  const names = ['weights', 'split_by'].filter((name) => options[name] !== undefined)
  return names.length === 0 ? undefined : `without ${names.join(' and ')}, whose columns the log does not have`
}

/** Why the project cannot be trained from the log; undefined where it can. */
export function untrainable({ options }: Pick<ProjectContent, 'options'>): string | undefined {
  for (const name of ['search', 'cross_validation']) {
    const columns = columnsIn(options[name])
    if (columns.length > 0) return `${name} goes by columns that the log does not have: ${shownNames(columns)}`
  }
  return undefined
}

/** Folds of a search stand in it, those of a cross-validation are it. */
function columnsIn(given: unknown): string[] {
  const { folds, column } = Object(given) as { folds?: unknown; column?: unknown }
  const ofFolds = Object(folds) as { column?: unknown }
  return [column, ofFolds.column].filter((name): name is string => typeof name === 'string')
}
