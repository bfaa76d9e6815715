// The entry of the detection thread: reads two samples and compares them, away from the service's thread.
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { holdForTables, MemoryBudget, type MemoryHold, type SharedBudget } from '../../memory/memory-budget.ts'
import type { ReadTable } from '../../model/read-column.ts'
import { type BodyBytes, byteLengthOf, withWindow } from '../../rows/byte-window.ts'
import { readRows } from '../../rows/read-body.ts'
import { TableAssembler } from '../../rows/table-assembler.ts'
import { answerCalls } from '../../threads/answer-calls.ts'
import { detectDrift } from './detect-drift.ts'
import type { DatasetBytes, DetectionCalls, NamedDatasets } from './detection-messages.ts'
import { SAMPLES, type SampleName } from './detection-request.ts'
import { type ReadDetection, readDetection } from './read-detection.ts'
import { settleAlone } from './settle-alone.ts'

const budget = new MemoryBudget(workerData as SharedBudget, 'detection')
let read: ReadDetection | undefined
let holds: MemoryHold[] = []

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<DetectionCalls>({
  read(body): NamedDatasets {
    drop()
    read = withWindow(body, (window) => readDetection(window, holdFor(body)))
    const { samples } = read
    const named = SAMPLES.flatMap((name) => {
      const sample = samples[name]
      return 'datasetId' in sample ? [[name, sample.datasetId] as const] : []
    })
    return Object.fromEntries(named)
  },

  async detect(datasets) {
    if (read === undefined) throw new Error('a detection is read before it is made')
    const { samples, options } = read
    const tableOf = async (name: SampleName) => {
      const sample = samples[name]
      if ('rows' in sample) return settleAlone(sample.rows, false, holds[0])
      const dataset = datasets[name] as DatasetBytes
      return settleAlone(await readDataset(dataset), dataset.form === 'csv', holds.at(-1))
    }
    return detectDrift(await tableOf('baselineData'), await tableOf('currentData'), options)
  },

  drop,
})

/** The content was checked when it was uploaded. */
async function readDataset({ body, form, dialect }: DatasetBytes): Promise<ReadTable> {
  const memory = holdFor(body)
  const assembler = new TableAssembler(() => 'features', memory)
  const { table } = await readRows(body, { form, dialect, memory }, assembler)
  return table
}

function holdFor(body: BodyBytes): MemoryHold {
  const hold = holdForTables(budget, byteLengthOf(body))
  holds.push(hold)
  return hold
}

function drop(): void {
  read = undefined
  for (const hold of holds) hold.release()
  holds = []
}
