// What a project, its trainings, versions and aliases are, as they are kept.
import type { ReviewPolicy, ReviewState } from './reviews/review.ts'

export const TASKS = ['classification', 'regression', 'clustering', 'anomaly_detection', 'recommendation'] as const

/** Begins with a letter: a number in its place is the id of a project. */
export const PROJECT_NAME = '^[a-z][a-z0-9_.-]{0,99}$'
export const ALIAS_NAME = '^[a-z][a-z0-9_.-]{0,99}$'

/** Members of a training request that are neither rows, model, nor parameters. */
export type TrainingOptions = Readonly<Record<string, unknown>>

/** What can be said and changed of a project. Empty texts and lists say nothing. */
export interface ProjectContent {
  readonly description: string | null
  readonly task: string | null
  readonly owner: string | null
  readonly tags: readonly string[]
  readonly modelName: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** A training takes the newest data set of this name, where it names none. */
  readonly datasetName: string | null
  /** Empty: those of the data set. */
  readonly labels: readonly string[]
  /** Empty: all columns but the labels. */
  readonly features: readonly string[]
  readonly options: TrainingOptions
  /** What the leaderboard sorts by. */
  readonly metric: string | null
  readonly review: ReviewPolicy
}

export interface Project extends ProjectContent {
  readonly projectId: number
  readonly name: string
  /** Another one after each change. */
  readonly revision: number
  readonly versionCount: number
  readonly createdAt: Date
  readonly createdBy: string
  readonly changedAt: Date
  readonly changedBy: string
  readonly archivedAt: Date | null
  readonly archivedBy: string | null
}

/** All that a training is asked for, so that it can be asked for again. */
export interface VersionRequest {
  readonly modelName: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly labels: readonly string[]
  readonly features: readonly string[]
  readonly options: TrainingOptions
}

export interface NewVersionTraining {
  readonly runId: number
  readonly projectId: number
  /** The version that is trained again; null where the training is to become a version. */
  readonly reproduces: number | null
  readonly parent: number | null
  readonly description: string | null
  readonly request: VersionRequest
  readonly datasetId: number
  readonly requestedBy: string
}

export type TrainingState = 'training' | 'succeeded' | 'failed'

export interface VersionTraining extends NewVersionTraining {
  readonly state: TrainingState
  /** Why it failed. */
  readonly reason: string | null
  /** What it became. */
  readonly version: number | null
  readonly artifactSha256: string | null
  readonly workerVersion: string | null
  readonly requestedAt: Date
  readonly endedAt: Date | null
  /** How the version stands that it became; null while it is none. */
  readonly reviewState: ReviewState | null
  readonly isDeployed: boolean
}

export interface NewVersion {
  readonly projectId: number
  readonly runId: number
  readonly parent: number | null
  readonly description: string | null
  readonly request: VersionRequest
  /** All of them, with their defaults; null where they are not known. */
  readonly parameters: Readonly<Record<string, unknown>> | null
  readonly datasetId: number
  /** Of the content that it was trained from: rows may be erased later. */
  readonly datasetSha256: string
  readonly splitSeed: number | null
  readonly workerVersion: string | null
  readonly metrics: Readonly<Record<string, number | null>>
  /** Of the fitted pipeline as bytes, before any encryption. */
  readonly artifactSha256: string
  readonly artifactBytes: number
  readonly createdBy: string
}

export interface Version extends NewVersion {
  readonly version: number
  readonly datasetName: string
  readonly datasetVersion: number
  readonly createdAt: Date
  readonly reviewState: ReviewState
  /** Whether it is active in an environment. */
  readonly isDeployed: boolean
}

export interface Alias {
  readonly alias: string
  readonly version: number
  /** The run that became the version: what predictions name. */
  readonly runId: number
  readonly revision: number
  readonly changedAt: Date
  readonly changedBy: string
}

/** version, runId: null where the alias was taken away. */
export type AliasChange = Omit<Alias, 'version' | 'runId'> & {
  readonly version: number | null
  readonly runId: number | null
}

/** The options with those that are said in place of those that are there. One that is said to be none is taken away. */
export function optionsWith(before: TrainingOptions, said: TrainingOptions): TrainingOptions {
  return Object.fromEntries(Object.entries({ ...before, ...said }).filter(([name, value]) => !isNone(name, value)))
}

const NONE_AT_ZERO: readonly string[] = ['validation_split', 'cross_validation']

function isNone(name: string, value: unknown): boolean {
  if (value === '' || (value === 0 && NONE_AT_ZERO.includes(name))) return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
