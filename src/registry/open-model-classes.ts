// The model classes of a worker without a database.
import { ServiceError } from '../errors.ts'
import { type DiscoveredModel, type Discovery, discoverModels } from './discover.ts'

export interface ModelClasses {
  readonly discovery: Discovery
  find(name: string): DiscoveredModel | undefined
}

/** Throws ServiceError MODEL_UNAVAILABLE where no file of the folder has the class `needed`, and what the folder throws. */
export async function openModelClasses(folder: string, needed: string): Promise<ModelClasses> {
  const discovery = await discoverModels(folder)
  const find = (name: string): DiscoveredModel | undefined => discovery.models.find(({ model }) => model.name === name)
  if (find(needed) !== undefined) return { discovery, find }
  const names = discovery.models.map(({ model }) => model.name).join(', ') || 'none'
  const skipped = discovery.skipped.map(({ file, reason }) => `; ${file} cannot be used: ${reason}`).join('')
  throw new ServiceError(
    'MODEL_UNAVAILABLE',
    `no class in ${folder} (MODELS_DIR) has the name "${needed}"; the classes there are ${names}${skipped}`,
  )
}
