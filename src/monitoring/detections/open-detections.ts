// The part of monitoring that compares samples of rows when it is asked.
import type { DataSets } from '../../datasets/data-sets.ts'
import type { Foundation } from '../../foundation.ts'
import type { Room } from '../../room.ts'
import { DetectionWorker } from './detection-worker.ts'
import { Detections } from './detections.ts'
import { detectionRoutes } from './routes.ts'

export async function openDetections(
  { budget, log }: Foundation,
  { dataSets }: { readonly dataSets: DataSets },
): Promise<{ readonly part: Omit<Room, 'name' | 'checks'>; readonly api: undefined }> {
  const worker = new DetectionWorker(budget, log)
  const part = { routes: detectionRoutes(new Detections(dataSets, worker)), close: () => worker.close() }
  return { part, api: undefined }
}
