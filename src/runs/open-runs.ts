// The room that shows runs: their state and progress, their times and logs, while they are trained and afterwards.
import type { Foundation } from '../foundation.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Opened } from '../room.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { runRoutes } from './routes.ts'
import { RunFiles } from './run-files.ts'
import { RunJournal } from './run-journal.ts'
import { RunReader } from './run-reader.ts'

export async function openRuns(
  base: Foundation,
  { registry, training }: { readonly registry: ModelRegistry; readonly training: TrainingApi },
): Promise<Opened<RunReader>> {
  const { pool, log } = base
  const files = new RunFiles(await base.folder('runs'))
  for (const { runId, modelName, made, warnings } of await files.open()) {
    if (made === undefined || modelName === null) continue
    training.rememberKey({ runId, modelName, ...made, ...(warnings ? { warnings } : {}) })
  }
  const journal = new RunJournal(files, registry, log)
  training.events.on((event) => journal.observe(event))
  const reader = new RunReader({ pool, trainings: training.trainings, journal })
  const room = { name: 'runs', routes: runRoutes({ reader, journal, log }), close: () => journal.close() }
  return { room, api: reader }
}
