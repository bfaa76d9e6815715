// The room that shows runs: their state and progress, their times and logs, while they are trained and afterwards.
import type { DataSets } from '../datasets/data-sets.ts'
import type { Foundation } from '../foundation.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Opened } from '../room.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { keepRecordsFor } from './retention.ts'
import { runRoutes } from './routes.ts'
import { RunArchive } from './run-archive.ts'
import { RunFiles } from './run-files.ts'
import { RunJournal } from './run-journal.ts'
import { RunReader } from './run-reader.ts'
import { RunTables } from './run-tables.ts'

export async function openRuns(
  base: Foundation,
  {
    registry,
    training,
    dataSets,
  }: { readonly registry: ModelRegistry; readonly training: TrainingApi; readonly dataSets: DataSets },
): Promise<Opened<RunReader>> {
  const { config, pool, ownSchema, jobs, log } = base
  const keptDays = config.RUN_RECORDS_DAYS
  const files = new RunFiles(await base.folder('runs'))
  for (const { runId, modelName, made, warnings } of await files.open()) {
    if (made === undefined || modelName === null) continue
    training.rememberKey({ runId, modelName, ...made, ...(warnings ? { warnings } : {}) })
  }
  const tables = new RunTables(ownSchema.pool)
  const archive = new RunArchive({ files, tables, schema: ownSchema, keptDays, log })
  keepRecordsFor(keptDays, jobs, ownSchema.pool)
  const journal = new RunJournal(archive, registry, log)
  training.events.on((event) => journal.observe(event))
  const reader = new RunReader({ pool, trainings: training.trainings, journal, dataSets })
  const room = {
    name: 'runs',
    routes: runRoutes({ reader, journal, log }),
    recover: async () => archive.recover(),
    close: () => journal.close(),
  }
  return { room, api: reader }
}
