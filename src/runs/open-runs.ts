// The room that shows runs: their state and progress, their times and logs, while they are trained and afterwards.
import type { DataSets } from '../datasets/data-sets.ts'
import type { Erasers } from '../erasures/erasers.ts'
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened } from '../room.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { keptInFiles, keptInTables } from './retention.ts'
import { runRoutes } from './routes.ts'
import { RunArchive } from './run-archive.ts'
import { RunFiles } from './run-files.ts'
import { RunJournal } from './run-journal.ts'
import { RunReader } from './run-reader.ts'
import { RunTables } from './run-tables.ts'
import { runsEraser } from './runs-eraser.ts'

interface RunsNeeds {
  readonly registry: ModelRegistry
  readonly training: TrainingApi
  readonly retention: Retention
  readonly erasers: Erasers
  readonly dataSets: DataSets
}

export async function openRuns(
  base: Foundation,
  { registry, training, retention, erasers, dataSets }: RunsNeeds,
): Promise<Opened<RunReader>> {
  const { config, pool, ownSchema, log } = base
  const keptDays = config.RUN_RECORDS_DAYS
  const files = new RunFiles(await base.folder('runs'))
  for (const { runId, modelName, made, warnings } of await files.open()) {
    if (made === undefined || modelName === null) continue
    training.rememberKey({ runId, modelName, ...made, ...(warnings ? { warnings } : {}) })
  }
  const tables = new RunTables(ownSchema.pool)
  const archive = new RunArchive({ files, tables, schema: ownSchema, keptDays, log })
  const isThere = async (): Promise<boolean> => (await ownSchema.state()).name === 'current'
  retention.register(keptInTables(ownSchema.pool, keptDays, isThere))
  retention.register(keptInFiles(files, keptDays))
  const journal = new RunJournal(archive, registry, log)
  erasers.register(runsEraser(journal))
  training.events.on((event) => journal.observe(event))
  const reader = new RunReader({
    pool,
    results: new StoredResults(pool, base.keys),
    trainings: training.trainings,
    journal,
    dataSets,
  })
  const room = {
    name: 'runs',
    routes: runRoutes({ reader, journal, log }),
    recover: async () => archive.recover(),
    close: () => journal.close(),
  }
  return { room, api: reader }
}
