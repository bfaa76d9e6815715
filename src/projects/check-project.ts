// What can be said of a project before anything is trained: whether its model, parameters, options and columns fit.
import { isDeepStrictEqual } from 'node:util'
import type { DataSets } from '../datasets/data-sets.ts'
import { ServiceError } from '../errors.ts'
import { checkOptions } from '../intake/check-options.ts'
import { readAsideWishes } from '../intake/set-aside.ts'
import { BaseModel } from '../model/base-model.ts'
import { FaultList } from '../model/faults.ts'
import type { Model } from '../model/model.ts'
import { scoringsOf } from '../model/scoring.ts'
import { shownNames } from '../model/shown.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { MemberFaults } from '../rows/member-faults.ts'
import type { ProjectContent } from './project.ts'
import { checkPolicy } from './reviews/review-policy.ts'

export interface ProjectChecksParts {
  readonly registry: Pick<ModelRegistry, 'find' | 'list'>
  readonly dataSets: Pick<DataSets, 'newest'>
}

export type CheckProject = (content: ProjectContent, faults: MemberFaults, before?: ProjectContent) => Promise<void>

/** Of rows that were held out, of folds, and of the label column, where there are several. */
const METRIC_PLACE = /^(validation_|search_|cv_)?(.*\.)?/s
/** Beside those that a choice can go by. */
const OTHER_METRICS = [
  ...['precision', 'recall', 'f1', 'oob_score', 'threshold', 'brier_score', 'warning_count'],
  ...['training_rows', 'training_seconds', 'validation_rows', 'search_trials', 'search_seconds'],
]

/**
 * Adds every fault that the first training would have, as far as it shows before one, and in what is sound. before: of a
 * change; where nothing of this is changed, nothing is checked. Columns are those of the newest data set of the name, where
 * there is one.
 */
export const projectCheck =
  ({ registry, dataSets }: ProjectChecksParts): CheckProject =>
  async (content, faults, before) => {
    if (before !== undefined && isDeepStrictEqual(checkedPart(before), checkedPart(content))) return
    const model = registry.find(content.modelName)?.model
    if (model !== undefined) checkModel(model, content, faults)
    else if (faults.areSound('model_name')) {
      const names = (await registry.list()).map(({ name }) => name)
      const detail = `there is no model ${JSON.stringify(content.modelName)}; there are ${shownNames(names)}`
      faults.add({ in: 'body', parameter: 'model_name', detail })
    }
    checkPolicy(content.review, faults)
    await checkColumns(content, dataSets, faults)
  }

function checkedPart(content: ProjectContent) {
  const { modelName, parameters, datasetName, labels, features, options, metric, review } = content
  return { modelName, parameters, datasetName, labels, features, options, metric, review }
}

function checkModel(model: Model, content: ProjectContent, faults: MemberFaults): void {
  const { parameters, options, metric, review } = content
  const members = new Map<string, unknown>(Object.entries({ ...options, parameters }))
  // Folds may follow what rows are split by.
  if (!faults.areSound('split_by')) for (const follower of ['cross_validation', 'search']) members.delete(follower)
  const pipeline = checkOptions(model, members, faults)
  const known = scoringsOf(pipeline.estimator.kind)
  // A class of metrics of its own names them as it likes.
  const areUsual = model.extract_metrics === BaseModel.prototype.extract_metrics && known.length > 0
  for (const [parameter, named] of [
    ['metric', metric],
    ['review.metric', review.metric],
  ] as const) {
    if (named === null || !areUsual || isMetric(named, known)) continue
    const detail = `the model has no metric ${JSON.stringify(named)}; it has ${known.join(', ')}, each also with validation_ or cv_ before it`
    faults.add({ in: 'body', parameter, detail })
  }
}

function isMetric(metric: string, known: readonly string[]): boolean {
  const all = [...known, ...OTHER_METRICS]
  const bare = metric.replace(METRIC_PLACE, '')
  return all.includes(metric) || all.includes(bare) || metric.split('.').some((part) => all.includes(part))
}

/** Without a data set of the name nothing can be said. */
async function checkColumns(
  { datasetName, labels, features, options }: ProjectContent,
  dataSets: ProjectChecksParts['dataSets'],
  faults: FaultList,
): Promise<void> {
  if (datasetName === null) return
  const dataset = await dataSets.newest(datasetName).catch((error) => {
    // One with content may come before the first training.
    if (error instanceof ServiceError && ['DATASET_UNKNOWN', 'DATASET_DELETED'].includes(error.code)) return undefined
    throw error
  })
  if (dataset === undefined) return
  const names = dataset.columns.map(({ name }) => name)
  const { weights, splitBy } = readAsideWishes(options['weights'], options['split_by'], new FaultList())
  const wanted: [parameter: string, columns: readonly string[]][] = [
    ['labels', labels],
    ['features', features],
    ['weights', typeof weights === 'string' ? [weights] : []],
    ['split_by', splitBy === undefined ? [] : [splitBy.column]],
  ]
  for (const [parameter, columns] of wanted) {
    for (const column of columns.filter((name) => !names.includes(name))) {
      const detail = `data set ${dataset.name} ${dataset.version} has no such column; it has ${shownNames(names)}`
      faults.add({ in: 'body', parameter, column, detail })
    }
  }
  const given = labels.length > 0 ? labels : dataset.labels
  for (const column of features.filter((name) => given.includes(name))) {
    faults.add({ in: 'body', parameter: 'features', column, detail: 'it is the label' })
  }
}
