// Finds the model classes of a folder. What cannot be used is left out with its reason, and stops nothing else.
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Estimator } from '../learning/estimator.ts'
import { BaseModel } from '../model/base-model.ts'
import type { Model } from '../model/model.ts'
import { Pipeline } from '../model/pipeline.ts'
import { COLUMN_TYPES } from '../model/reading-options.ts'

/** A model class that can be used, and where it was found. */
export interface DiscoveredModel {
  readonly model: Model
  /** The name of the class. */
  readonly className: string
  /** What its pipeline's estimator is. */
  readonly type: Estimator['kind']
  /** The URL to import it from, in a trainer process for instance. */
  readonly module: string
}

export interface SkippedFile {
  readonly file: string
  readonly reason: string
}

export interface Discovery {
  readonly models: readonly DiscoveredModel[]
  readonly skipped: readonly SkippedFile[]
}

/** How long a file may take to load, top-level awaits included. */
const LOAD_TIMEOUT_MS = 10_000

/**
 * Loads every .ts, .js and .mjs file at the top level of a folder, in the order of their names; tests and declarations
 * are passed over. Throws when the folder cannot be read.
 */
export async function discoverModels(folder: string): Promise<Discovery> {
  const files = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && /\.(ts|js|mjs)$/.test(entry.name))
    .map((entry) => entry.name)
    .filter((file) => !/\.(test|d)\.ts$/.test(file))
    .sort()
  const models: DiscoveredModel[] = []
  const skipped: SkippedFile[] = []
  for (const file of files) {
    try {
      const found = await loadModel(pathToFileURL(join(resolve(folder), file)).href)
      const twin = models.find(({ model }) => model.name === found.model.name)
      if (twin !== undefined) throw new Error(`its name "${found.model.name}" is already that of ${twin.className}`)
      models.push(found)
    } catch (error) {
      skipped.push({ file, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return { models, skipped }
}

/** A class that does not keep the contract. */
export class ModelContractError extends Error {
  override readonly name = 'ModelContractError'
  /** Everything that is wrong, each with the member before a colon, where it is about one. */
  readonly problems: readonly string[]
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('; '), options)
    this.problems = problems
  }
}

/** Imports one module and makes an instance of its class. Throws what the file throws, or ModelContractError. */
export async function loadModel(module: string): Promise<DiscoveredModel> {
  const exports = (await withTimeout(import(module), 'loading the file')) as { default?: unknown }
  const ModelClass = exports.default
  if (typeof ModelClass !== 'function') throw new ModelContractError(['it has no default export that is a class'])
  const model = made('its constructor', () => new (ModelClass as new () => Model)())
  const problems = problemsOf(model)
  if (problems.length > 0) throw new ModelContractError(problems)
  const pipeline = made('create_pipeline(defaults)', () => model.create_pipeline(model.get_default_parameters()))
  if (!(pipeline instanceof Pipeline)) {
    throw new ModelContractError(['create_pipeline: with the defaults it does not return a Pipeline'])
  }
  return { model, className: ModelClass.name || '(anonymous)', type: pipeline.estimator.kind, module }
}

function made<T>(what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new ModelContractError([`${what} throws ${error}`], { cause: error })
  }
}

/** Everything that the contract asks and the instance lacks. */
function problemsOf(model: Partial<Model>): string[] {
  const problems: string[] = []
  const { name } = model
  if (typeof name !== 'string' || name === '' || name.length > 255) {
    problems.push('name: expected a string of 1 to 255 characters')
  }
  for (const member of ['feature_names', 'label_names'] as const) {
    const names: unknown = model[member]
    const isList = Array.isArray(names) && names.every((item) => typeof item === 'string')
    if (names !== '*' && !(isList && new Set(names).size === names.length)) {
      problems.push(`${member}: expected '*' or a list of distinct column names`)
    }
  }
  const types: unknown = model.column_types ?? {}
  const areTypes =
    typeof types === 'object' && !Array.isArray(types) && Object.values(types as object).every(isColumnType)
  if (!areTypes) problems.push(`column_types: expected an object that says ${COLUMN_TYPES.join(', ')} by column`)
  for (const member of ['get_default_parameters', 'create_pipeline', 'validate_features', 'extract_metrics'] as const) {
    if (typeof model[member] !== 'function') problems.push(`${member}: expected a method`)
  }
  if (model instanceof BaseModel) problems.push(...problemsOfParts(model))
  if (problems.length > 0) return problems
  const defaults: unknown = (model as Model).get_default_parameters()
  if (typeof defaults !== 'object' || defaults === null) problems.push('get_default_parameters: expected an object')
  return problems
}

/** What create_pipeline and get_default_parameters of BaseModel need, where the class has not its own. */
function problemsOfParts(model: BaseModel): string[] {
  const problems: string[] = []
  const { estimator, steps }: { readonly estimator?: unknown; readonly steps?: unknown } = model
  const { get_default_parameters, create_pipeline } = BaseModel.prototype
  const makesPipeline = model.create_pipeline === create_pipeline
  const givesDefaults = model.get_default_parameters === get_default_parameters
  if ((makesPipeline || givesDefaults) && !isEstimatorClass(estimator)) {
    problems.push('estimator: expected the class of an estimator, with static parameters')
  }
  if (makesPipeline && typeof steps !== 'function') problems.push('steps: expected a method')
  return problems
}

function isColumnType(value: unknown): boolean {
  return COLUMN_TYPES.some((type) => type === value)
}

function isEstimatorClass(value: unknown): boolean {
  if (typeof value !== 'function') return false
  const { parameters } = value as { readonly parameters?: unknown }
  return typeof parameters === 'object' && parameters !== null
}

async function withTimeout<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${LOAD_TIMEOUT_MS / 1000} s`)), LOAD_TIMEOUT_MS)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
