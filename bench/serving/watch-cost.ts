// What watching a row takes of the worker's own time, in one process: counting it in the cells of its version, which is done before the
// answer is sent, and scoring it by the forest of its training, which is done behind it. HTTP and the prediction are left out.
import pino from 'pino'
import { readBaseline } from '../../src/cells/baseline-data.ts'
import { VersionCells } from '../../src/cells/version-cells.ts'
import { decodeArtifact, readArtifactBaseline } from '../../src/model/artifact.ts'
import type { Model } from '../../src/model/model.ts'
import { CountedCells } from '../../src/monitoring/cells/counted-cells.ts'
import { DeploymentWatch } from '../../src/monitoring/deployment-watch.ts'
import { CountedQuality } from '../../src/monitoring/quality/counted-quality.ts'
import { type Watched, watchHere } from '../../src/prediction/watch-rows.ts'
import type { JsonRow } from './letter.ts'
import { medianBy } from './words.ts'

const ROWS = 1_000
const TIMES = 20
const TURNS = 9
const DEPLOYMENT = { projectId: 1, environment: 'production', deploymentId: 1, version: 1, runId: 1 }

/** Medians over turns, in microseconds of a row. */
export interface WatchCost {
  readonly countUs: number
  readonly scoreUs: number
}

/** artifact: of a version with a baseline and a forest. asked: rows of numbers. */
export function watchCost(artifact: Buffer, model: Model, asked: readonly JsonRow[]): WatchCost {
  const pipeline = decodeArtifact(artifact, model)
  const baseline = readBaseline(readArtifactBaseline(artifact))
  const forest = baseline?.rowForest
  if (baseline === undefined || forest === undefined) throw new Error('the artifact has no baseline, or no forest')
  const cells = new VersionCells(baseline, pipeline.featureSchema, pipeline.noPredictions.labels.columns)
  const watched = asked.slice(0, ROWS).map((row): Watched => {
    const values = Float64Array.from(pipeline.featureSchema, ({ name }) => Number(row[name]))
    const rows = { rowCount: 1, columnCount: values.length, values }
    return { pipeline, cells, rows, predictions: pipeline.predictNow(rows), idPrefix: 'bench' }
  })
  const onDropped = (): never => {
    throw new Error('a row was not counted')
  }
  const watch = new DeploymentWatch(DEPLOYMENT, {
    cells: new CountedCells({ save: async () => {}, onDropped, log: pino({ level: 'silent' }) }),
    quality: new CountedQuality({ save: async () => {} }),
    refusedTypes: { count: async () => {} },
    hearer: () => undefined,
    unseenHearer: () => undefined,
    isEveryRow: false,
  })
  const columns = pipeline.featureSchema.map(({ name }) => Float64Array.from(asked, (row) => Number(row[name])))
  return {
    countUs: microsecondsOf((i) => watchHere(watch, watched[i] as Watched, 0)),
    scoreUs: microsecondsOf((i) => forest.scores(columns, i, i + 1)),
  }
}

/** of: does it for one of the rows. */
function microsecondsOf(of: (row: number) => void): number {
  const turns = Array.from({ length: TURNS }, () => {
    const before = process.cpuUsage()
    for (let time = 0; time < TIMES; time++) for (let row = 0; row < ROWS; row++) of(row)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / (TIMES * ROWS)
  })
  return medianBy(turns, (each) => each)
}
