// The room that draws the report of a run.
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import type { Opened } from '../room.ts'
import { RenderWorker } from './render-worker.ts'
import { reportRoutes } from './routes.ts'
import { RunReports } from './run-reports.ts'

export async function openReportPage({ pool, keys, log }: Foundation): Promise<Opened<RunReports>> {
  const renderer = new RenderWorker(log)
  const reports = new RunReports(new StoredResults(pool, keys), renderer, log)
  return { room: { name: 'report-page', routes: reportRoutes(reports), close: () => renderer.close() }, api: reports }
}
