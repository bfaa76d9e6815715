// What a worker may answer to a body that somebody has changed: what was asked for, or a problem that says why not.
import type { clientOf } from '../support/service.ts'
import { Finding } from './finding.ts'

const ANSWER_WITHIN_MS = 30_000

export interface ChangedBody {
  readonly path: string
  readonly input: Uint8Array
  readonly headers?: Record<string, string>
}

/** Sends it. Gives the route, the status and the code of the answer; throws Finding of no answer and of the worker's own fault. */
export async function soundAnswer(
  client: Pick<ReturnType<typeof clientOf>, 'post'>,
  { path, input, headers = {} }: ChangedBody,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS)
  })
  try {
    const { status, headers: got, body } = await Promise.race([client.post(path, input, headers), silence])
    const isProblem = got.get('content-type')?.startsWith('application/problem+json') && body.status === status
    const isRefusal = (status >= 400 && status < 500) || (status === 503 && body.code === 'QUEUE_FULL')
    if (status === 200 || status === 201 || (isRefusal && isProblem))
      return `${path.split('?')[0]} ${status} ${body.code ?? ''}`.trim()
    throw new Error(`answered ${status} ${JSON.stringify(body).slice(0, 500)}`)
  } catch (error) {
    throw new Finding(`${path}: ${error}`, input, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
