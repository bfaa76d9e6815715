// Detections of drift as routes ask for them: rows of the request, or of data sets.
import type { DataSets } from '../../datasets/data-sets.ts'
import { BodyFile, bytesOf, type ReceivedBody, whileUsed } from '../../rows/body-file.ts'
import type { DetectedDrift } from './detect-drift.ts'
import type { DatasetBytes } from './detection-messages.ts'
import { SAMPLES, type SampleName } from './detection-request.ts'
import type { DetectionWorker } from './detection-worker.ts'

export class Detections {
  private readonly dataSets: Pick<DataSets, 'findContent' | 'fetch'>
  private readonly worker: DetectionWorker

  constructor(dataSets: Pick<DataSets, 'findContent' | 'fetch'>, worker: DetectionWorker) {
    this.dataSets = dataSets
    this.worker = worker
  }

  /** body: JSON. Throws ServiceError: what is wrong with it, or with a data set that it names. */
  detect(body: ReceivedBody | undefined): Promise<DetectedDrift> {
    return whileUsed(body, () =>
      this.worker.detect(bytesOf(body), async (named, judge) => {
        const fetched: ReceivedBody[] = []
        try {
          const datasets: Partial<Record<SampleName, DatasetBytes>> = {}
          for (const name of SAMPLES) {
            const datasetId = named[name]
            if (datasetId === undefined) continue
            const { storageKey, form, dialect } = await this.dataSets.findContent(datasetId)
            const content = await this.dataSets.fetch(storageKey)
            fetched.push(content)
            datasets[name] = { body: bytesOf(content), form, dialect }
          }
          return await judge(datasets)
        } finally {
          for (const content of fetched) if (content instanceof BodyFile) await content.answered()
        }
      }),
    )
  }
}
