// Figures of refused requests and scored rows for Prometheus: what this worker counted.
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { NOT_SCORED, type RowScorerParts } from '../anomalies/row-scorer.ts'
import type { RefusedTypesParts } from './refused-types.ts'

/** Series of columns by what came; those that come later have no name. */
const COLUMN_SERIES_MAX = 500
/** The same of projects. */
const PROJECT_SERIES_MAX = 200
const NAME_LENGTH_MAX = 100

export function countRefusedTypes(telemetry: Telemetry): Pick<RefusedTypesParts, 'onCounted' | 'onDropped'> {
  const refused = telemetry.counter({
    name: 'ml_worker_refused_types_total',
    help: `Requests that were refused for the type of a column, by what came in its place; of more than ${COLUMN_SERIES_MAX} columns the others have no name`,
    labelNames: ['project_id', 'column', 'got'],
  })
  const dropped = telemetry.counter({
    name: 'ml_worker_refused_types_dropped_total',
    help: 'Refused requests whose columns were not counted, by reason',
    labelNames: ['reason'],
  })
  const known = new KnownNames(COLUMN_SERIES_MAX)
  return {
    onCounted({ projectId }, { column, got }) {
      const name = known.has(`${projectId} ${got} ${column}`) ? column.slice(0, NAME_LENGTH_MAX) : ''
      refused.inc({ project_id: name === '' ? '' : String(projectId), column: name, got })
    },
    onDropped: (reason) => dropped.inc({ reason }),
  }
}

/** waiting: rows that wait to be scored. */
export function countScores(
  telemetry: Telemetry,
  waiting: () => number,
): { onScored(projectId: number, rows: number, anomalous: number): void } & Pick<RowScorerParts, 'onDropped'> {
  const labelNames = ['project_id'] as const
  const scored = telemetry.counter({
    name: 'ml_worker_scored_rows_total',
    help: `Predicted rows whose strangeness was scored; of more than ${PROJECT_SERIES_MAX} projects the others have no id`,
    labelNames,
  })
  const anomalous = telemetry.counter({
    name: 'ml_worker_anomalous_rows_total',
    help: 'Those of them that are anomalous',
    labelNames,
  })
  const dropped = telemetry.counter({
    name: 'ml_worker_scored_rows_dropped_total',
    help: 'Predicted rows that were to be scored and were not, by reason',
    labelNames: ['reason'],
  })
  for (const reason of NOT_SCORED) dropped.inc({ reason }, 0)
  telemetry.gaugeOf('ml_worker_scored_rows_waiting', 'Predicted rows that wait to be scored', waiting)
  const known = new KnownNames(PROJECT_SERIES_MAX)
  return {
    onScored(projectId, rows, found) {
      const labels = { project_id: known.has(String(projectId)) ? String(projectId) : '' }
      scored.inc(labels, rows)
      anomalous.inc(labels, found)
    },
    onDropped: (reason, rows) => dropped.inc({ reason }, rows),
  }
}

/** The first names that come. */
class KnownNames {
  private readonly names = new Set<string>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  /** Whether the name is one of them, which it may become. */
  has(name: string): boolean {
    if (this.names.size < this.most) this.names.add(name)
    return this.names.has(name)
  }
}
