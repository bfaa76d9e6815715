// The room that knows the models: classes found in the code, and their rows in `models`.
import { createPool } from '../database/pool.ts'
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { type Discovery, discoverModels } from './discover.ts'
import { ModelRegistry } from './model-registry.ts'
import { registerModel } from './models-table.ts'
import { modelRoutes } from './routes.ts'

/** Registers what it finds in a database that is ours. Throws when MODELS_DIR cannot be read. */
export async function openRegistry(base: Foundation): Promise<Opened<ModelRegistry>> {
  const { config, pool, log } = base
  const discovery = await discoverModels(config.MODELS_DIR)
  await registerInOwnDatabase(base, discovery)
  const registry = new ModelRegistry(discovery, pool, log)
  const models = () => {
    if (!registry.isReconciled) throw new Error('not reconciled with the database yet')
    if (registry.availableCount === 0) throw new Error('no model is both in the code and in the table models')
    return `${registry.availableCount} available`
  }
  const room = {
    name: 'registry',
    routes: modelRoutes(registry),
    checks: { models },
    recover: () => registry.reconcileWhenPossible(),
    drain: async () => registry.close(),
  }
  return { room, api: registry }
}

async function registerInOwnDatabase({ config, embedded, log }: Foundation, { models }: Discovery): Promise<void> {
  if (embedded === undefined) return
  const pool = createPool(embedded.url(), log)
  try {
    for (const { model, type, className } of models) {
      const description = `${className} of ${config.MODELS_DIR}`
      await registerModel(pool, { name: model.name, type, className, description })
    }
  } finally {
    await pool.close()
  }
}
