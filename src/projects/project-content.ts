// What a project says, out of what a caller gives of it.
import type { WellFormed } from '../rows/member-faults.ts'
import { optionsWith, type ProjectContent } from './project.ts'
import { type ChangeProject, optionsOf } from './project-schemas.ts'
import { MANUAL, policyOf } from './reviews/review-policy.ts'

/** Before anything is given. */
export const EMPTY: ProjectContent = {
  description: null,
  task: null,
  owner: null,
  tags: [],
  modelName: '',
  parameters: {},
  datasetName: null,
  labels: [],
  features: [],
  options: {},
  metric: null,
  review: MANUAL,
}

/** The content with what is given in place of what is there. */
export function contentOf(given: WellFormed<(typeof ChangeProject)['static']>, before: ProjectContent): ProjectContent {
  const text = (said: string | undefined, is: string | null): string | null => (said === undefined ? is : said || null)
  const metric = text(given.metric, before.metric)
  return {
    description: text(given.description, before.description),
    task: given.task ?? before.task,
    owner: text(given.owner, before.owner),
    tags: given.tags === undefined ? before.tags : [...new Set(given.tags)],
    modelName: given.model_name ?? before.modelName,
    parameters: given.parameters ?? before.parameters,
    datasetName: text(given.dataset_name, before.datasetName),
    labels: given.labels ?? before.labels,
    features: given.features ?? before.features,
    options: optionsWith(before.options, optionsOf(given)),
    metric,
    review: given.review === undefined ? before.review : policyOf(given.review, metric),
  }
}
