// What callers say of versions and their trainings, and what they see of them.

import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../../pages.ts'
import type { Version, VersionTraining } from '../project.ts'
import { AnyObject, Moment, OPTION_NAMES, OptionParts, ProjectParts, present } from '../project-schemas.ts'
import { trainingStatusOf, VERSION_STATUSES, versionStatusOf, WORKFLOW_STATUSES } from '../workflow-status.ts'

const VERSION_MAX = 2 ** 31 - 1
const VersionNumber = Type.Integer({ minimum: 1, maximum: VERSION_MAX })
const RunIdInAnswer = Type.Integer({ format: 'int64' })
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), { maxItems: 10_000 })

export const TrainVersion = Type.Object(
  {
    description: Type.Optional(
      Type.String({ maxLength: 2000, pattern: '^[^\\u0000]*$', description: 'What is new about it' }),
    ),
    parent: Type.Optional({
      ...VersionNumber,
      description: 'The version that it is made from; without it the newest at the time of this call',
    }),
    model_name: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Otherwise than the project' })),
    parameters: Type.Optional(AnyObject('Take the place of those of the project that have the same names')),
    dataset_id: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: 'The data set; without it the newest one of the name that the project has',
      }),
    ),
    labels: Type.Optional({ ...Names, description: 'Otherwise than the project' }),
    features: Type.Optional({ ...Names, description: 'Otherwise than the project' }),
    ...OptionParts,
    search: Type.Optional(AnyObject('Looks for parameters first, as in POST /api/runs')),
  },
  { additionalProperties: false, title: 'TrainVersion' },
)

const Request = Type.Object(
  {
    model_name: Type.String(),
    parameters: AnyObject('As they were given'),
    labels: Type.Array(Type.String()),
    features: Type.Array(Type.String()),
    options: AnyObject(`${OPTION_NAMES} and search, where they were given`),
  },
  { title: 'VersionRequest', description: 'What the training was asked for; the project may have changed since' },
)

export const VersionStatusAnswer = Type.Unsafe<string>({
  type: 'string',
  'x-extensible-enum': [...VERSION_STATUSES],
  description: 'Where it stands on its way into use: trained where nobody asked for a review',
})

const State = Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': ['training', 'succeeded', 'failed'] })
export const VersionTrainingAnswer = Type.Object(
  {
    model_run_id: RunIdInAnswer,
    state: State,
    workflow_status: Type.Optional(
      Type.Unsafe<string>({
        type: 'string',
        'x-extensible-enum': [...WORKFLOW_STATUSES],
        description:
          'Where the version that it is to become stands on its way into use; absent where a version is trained again',
      }),
    ),
    reason: Type.Optional(Type.String({ description: 'Why it failed' })),
    version: Type.Optional(Type.Integer({ description: 'What it became' })),
    reproduces: Type.Optional(Type.Integer({ description: 'The version that it trains again' })),
    parent: Type.Optional(Type.Integer()),
    description: Type.Optional(Type.String()),
    request: Request,
    dataset_id: Type.Integer({ format: 'int64' }),
    requested_at: Moment('When it was asked'),
    requested_by: Type.String({ description: 'As in the audit' }),
    ended_at: Type.Optional(Moment('When its end was seen')),
  },
  { title: 'VersionTraining' },
)
export const VersionTrainingList = Type.Object(
  {
    trainings: Type.Array(VersionTrainingAnswer, { description: 'The newest first' }),
    next: NextPage,
  },
  { title: 'VersionTrainingList' },
)

const DatasetOfVersion = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    name: Type.String(),
    version: Type.Integer({ description: 'Counts the data sets of this name' }),
    sha256: Type.String({ description: 'Of its bytes when it was trained from' }),
  },
  { title: 'DatasetOfVersion' },
)
const Artifact = Type.Object(
  { sha256: Type.String(), bytes: Type.Integer({ format: 'int64' }) },
  { title: 'ArtifactOfVersion', description: 'The fitted pipeline as bytes, before any encryption' },
)
const VERSION_MEMBERS = {
  version: Type.Integer(),
  model_run_id: RunIdInAnswer,
  parent: Type.Optional(Type.Integer()),
  description: Type.Optional(Type.String()),
  request: Request,
  parameters: Type.Optional(AnyObject('All of them, with their defaults')),
  dataset: DatasetOfVersion,
  split_seed: Type.Optional(Type.Integer({ format: 'int64' })),
  worker_version: Type.Optional(Type.String({ description: 'Of the worker that trained it' })),
  metrics: Type.Unsafe<Record<string, number | null>>({
    type: 'object',
    additionalProperties: { type: ['number', 'null'], format: 'double' },
  }),
  threshold: Type.Optional(
    Type.Number({ format: 'double', description: 'From this probability on a row is positive, where it decides so' }),
  ),
  artifact: Artifact,
  created_at: Moment('When the run became a version'),
  created_by: Type.String({ description: 'Who asked for the training' }),
  workflow_status: VersionStatusAnswer,
}
export const VersionAnswer = Type.Object(VERSION_MEMBERS, { title: 'ProjectVersion' })
export const VersionList = Type.Object(
  {
    versions: Type.Array(VersionAnswer, { description: 'The newest first' }),
    next: NextPage,
  },
  { title: 'ProjectVersionList' },
)

export const LineageAnswer = Type.Object(
  {
    nodes: Type.Array(
      Type.Object(
        {
          id: Type.String({ examples: ['version/3'] }),
          type: Type.Unsafe<string>({
            type: 'string',
            'x-extensible-enum': ['dataset', 'version', 'deployment'],
          }),
          label: Type.String(),
          sha256: Type.String({ description: 'Of the content, or of the artifact' }),
        },
        { title: 'LineageNode' },
      ),
    ),
    edges: Type.Array(
      Type.Object(
        {
          from: Type.String(),
          to: Type.String(),
          relation: Type.Unsafe<string>({
            type: 'string',
            'x-extensible-enum': ['training_data_of', 'golden_rows_of', 'parent_of', 'deployed_as'],
          }),
        },
        { title: 'LineageEdge', description: '`from` is `relation` `to`: what is older comes first' },
      ),
    ),
  },
  { title: 'Lineage' },
)

export const ReproductionAnswer = Type.Object(
  {
    model_run_id: RunIdInAnswer,
    state: State,
    reason: Type.Optional(Type.String({ description: 'Why it failed' })),
    identical: Type.Optional(
      Type.Boolean({ description: 'Whether the artifact is the same to the byte; absent before the end' }),
    ),
    expected: Type.String({ description: 'SHA-256 of the artifact of the version' }),
    artifact_sha256: Type.Optional(Type.String({ description: 'Of the artifact that was trained now' })),
    worker_version: Type.Optional(
      Type.String({ description: 'Of the worker that trained now; another one may train otherwise' }),
    ),
    requested_at: Moment('When it was asked'),
    requested_by: Type.String({ description: 'As in the audit' }),
    ended_at: Type.Optional(Moment('When its end was seen')),
  },
  { title: 'Reproduction' },
)
export const ReproductionList = Type.Object(
  { reproductions: Type.Array(ReproductionAnswer, { description: 'The newest first' }) },
  { title: 'ReproductionList' },
)

export const VersionPath = Type.Object({ ...ProjectParts, version: VersionNumber })
type RequestOf = Version['request']
const requestAnswerOf = ({ modelName, parameters, labels, features, options }: RequestOf) => ({
  model_name: modelName,
  parameters,
  labels: [...labels],
  features: [...features],
  options,
})

export function trainingAnswerOf(training: VersionTraining): Static<typeof VersionTrainingAnswer> {
  const { reason, version, reproduces, parent, description, endedAt } = training
  return {
    model_run_id: training.runId,
    state: training.state,
    ...(reproduces === null ? { workflow_status: trainingStatusOf(training) } : {}),
    ...present({ reason, version, reproduces, parent, description }),
    request: requestAnswerOf(training.request),
    dataset_id: training.datasetId,
    requested_at: training.requestedAt.toISOString(),
    requested_by: training.requestedBy,
    ...present({ ended_at: endedAt?.toISOString() ?? null }),
  }
}

export function versionAnswerOf(version: Version): Static<typeof VersionAnswer> {
  const { parent, description, parameters, splitSeed, workerVersion } = version
  return {
    version: version.version,
    model_run_id: version.runId,
    ...present({ parent, description }),
    request: requestAnswerOf(version.request),
    ...present({ parameters }),
    dataset: {
      id: version.datasetId,
      name: version.datasetName,
      version: version.datasetVersion,
      sha256: version.datasetSha256,
    },
    ...present({ split_seed: splitSeed, worker_version: workerVersion }),
    metrics: version.metrics,
    ...thresholdOf(version),
    artifact: { sha256: version.artifactSha256, bytes: version.artifactBytes },
    created_at: version.createdAt.toISOString(),
    created_by: version.createdBy,
    workflow_status: versionStatusOf(version),
  }
}

/** Where the training asked for one. A metric of this name may also be a model class's own. */
function thresholdOf({ request, metrics }: Version): { threshold?: number } {
  const { threshold } = metrics
  return request.options['threshold'] === undefined || typeof threshold !== 'number' ? {} : { threshold }
}

export function reproductionAnswerOf(
  training: VersionTraining,
  { artifactSha256: expected }: Version,
): Static<typeof ReproductionAnswer> {
  const { reason, artifactSha256, workerVersion, endedAt } = training
  const isIdentical = artifactSha256 === null ? null : artifactSha256 === expected
  return {
    model_run_id: training.runId,
    state: training.state,
    ...present({ reason, identical: isIdentical }),
    expected,
    ...present({ artifact_sha256: artifactSha256, worker_version: workerVersion }),
    requested_at: training.requestedAt.toISOString(),
    requested_by: training.requestedBy,
    ...present({ ended_at: endedAt?.toISOString() ?? null }),
  }
}
