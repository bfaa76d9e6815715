// The entry of the thread that draws reports, one after another.
import { parentPort } from 'node:worker_threads'
import type { FromRenderer, ToRenderer } from './render-messages.ts'
import { renderReport } from './render-report.ts'

parentPort?.on('message', async ({ id, report, head }: ToRenderer) => {
  const answer = await renderReport(report, head).then(
    (page): FromRenderer => ({ id, page }),
    (error): FromRenderer => ({ id, error }),
  )
  parentPort?.postMessage(answer)
})
