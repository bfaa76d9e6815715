// A steady flow of uploads: raw, as forms, and with a training at once; and deletions of some of them.
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../src/learning/random.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { Flow } from './flow.ts'

export interface UploadFlowParts {
  readonly worker: WorkerProcess
  readonly models: readonly string[]
  readonly random: Random
  readonly count: (what: string) => void
}

/** Most uploads are small; some have megabytes, so that a kill meets them while they are received, described and stored. */
const ROWS_MAX = [2_000, 2_000, 2_000, 60_000]

export class UploadFlow extends Flow {
  /** Digests of data sets that were answered with 201, by id. */
  readonly kept = new Map<number, string>()
  /** Data sets whose deletion was asked for, whether it was answered or not. */
  readonly deleted = new Set<number>()
  /** Runs that uploads began. */
  readonly accepted = new Set<number>()
  /** Answers that must not be. */
  readonly broken: string[] = []
  private readonly parts: UploadFlowParts

  constructor(parts: UploadFlowParts) {
    super()
    this.parts = parts
  }

  protected override async next(): Promise<void> {
    const { random, count } = this.parts
    await pause(100 + random.integer(400))
    const isDeletion = this.kept.size > 0 && random.integer(6) === 0
    await (isDeletion ? this.remove() : this.upload()).catch(() => count('uploads and deletions not answered'))
  }

  private async upload(): Promise<void> {
    const { worker, models, random, count } = this.parts
    const rows = rowsOf(random)
    const kind = ['raw', 'form', 'train'][random.integer(3)] as string
    const train = kind === 'train' ? `&labels=y&train=${models[random.integer(models.length)]}` : ''
    const answer = await fetch(`${worker.url}/api/datasets?name=chaos${train}`, {
      method: 'POST',
      ...(kind === 'form' ? { body: formOf(rows) } : { body: rows, headers: { 'content-type': 'text/csv' } }),
    })
    const body = (await answer.json()) as {
      id: number
      sha256: string
      code?: string
      training?: { model_run_id?: number }
    }
    count(`uploads answered ${answer.status} ${body.code ?? ''}`.trim())
    if (answer.status === 503) return
    if (answer.status !== 201) {
      this.broken.push(`an upload answered ${answer.status} ${body.code}`)
      return
    }
    this.kept.set(body.id, body.sha256)
    if (createHash('sha256').update(rows).digest('hex') !== body.sha256) {
      this.broken.push(`data set ${body.id} has another digest than what was sent`)
    }
    const runId = body.training?.model_run_id
    if (runId !== undefined) this.accepted.add(runId)
  }

  private async remove(): Promise<void> {
    const { worker, random, count } = this.parts
    const id = [...this.kept.keys()][random.integer(this.kept.size)] as number
    this.deleted.add(id)
    const answer = await fetch(`${worker.url}/api/datasets/${id}?purge=true`, { method: 'DELETE' })
    await answer.arrayBuffer()
    count(`deletions answered ${answer.status}`)
    if (answer.status !== 200 && answer.status !== 503) this.broken.push(`a deletion answered ${answer.status}`)
  }
}

function rowsOf(random: Random): string {
  const lines = Array.from({ length: 50 + random.integer(ROWS_MAX[random.integer(ROWS_MAX.length)] as number) }, () => {
    const [a, b] = [random.normal(), random.normal()]
    return `${a},${b},${random.integer(3)},${a + b > 0 ? 'above' : 'below'}\n`
  })
  return `a,b,c,y\n${lines.join('')}`
}

function formOf(rows: string): FormData {
  const form = new FormData()
  form.set('file', new Blob([rows]), 'rows.csv')
  return form
}
