// What a training of a version is asked for: what the project says, and what its caller says otherwise.
import { optionsWith, type Project, type VersionRequest } from '../project.ts'

/** What a caller says otherwise than the project; undefined is as the project has it. */
export interface VersionWish {
  readonly description: string | undefined
  /** Undefined: the newest version. */
  readonly parent: number | undefined
  readonly modelName: string | undefined
  /** Take the place of those of the project that have the same names. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined
  readonly datasetId: number | undefined
  readonly labels: readonly string[] | undefined
  readonly features: readonly string[] | undefined
  readonly options: Readonly<Record<string, unknown>>
  readonly search: Readonly<Record<string, unknown>> | undefined
}

export function requestOf(project: Project, wish: VersionWish): VersionRequest {
  const { modelName = project.modelName, search, parameters, labels, features } = wish
  // A client that is generated says an empty search where its caller says none.
  const options = optionsWith(project.options, search === undefined ? wish.options : { ...wish.options, search })
  // The parameters of the project are of its own model.
  const usual = modelName === project.modelName ? project.parameters : {}
  return {
    modelName,
    parameters: { ...usual, ...parameters },
    labels: labels ?? project.labels,
    features: features ?? project.features,
    options,
  }
}

/** The body of POST /api/runs. */
export function membersOf({
  request,
  datasetId,
}: {
  request: VersionRequest
  datasetId: number
}): Record<string, unknown> {
  const { modelName, parameters, labels, features, options } = request
  const columns = { ...(labels.length > 0 ? { labels } : {}), ...(features.length > 0 ? { features } : {}) }
  return { ...options, model_name: modelName, parameters, dataset: { id: datasetId, ...columns } }
}

/** The class of models that were trained elsewhere. */
export const IMPORTED_MODEL = 'imported_model'

/** Whether a version came as a file: then its data set is that of its golden rows. */
export function isImported({ request }: { readonly request: VersionRequest }): boolean {
  return request.modelName === IMPORTED_MODEL
}
