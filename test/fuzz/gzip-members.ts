// Bodies as gzip of several members, cut short, with bombs among them: a right answer or a problem, within a bounded time.
import { gzipSync } from 'node:zlib'
import type { Random } from '../../src/learning/random.ts'
import type { BodyTargets } from './bodies.ts'
import { Finding } from './finding.ts'
import { mutate } from './mutate.ts'

const MIB = 2 ** 20
const ANSWER_WITHIN_MS = 60_000
const ROW = '{"a":1,"b":2,"c":"x"}'

/** One body to /api/predict. Gives what was answered; throws Finding. */
export async function fuzzGzip({ client, trained }: BodyTargets, random: Random): Promise<string> {
  const text = `{"features":[${Array(1 + random.integer(20))
    .fill(ROW)
    .join()}]}`
  // In members of any length, one of them without bytes.
  const parts: Buffer[] = []
  for (let at = 0; at < text.length; ) {
    const end = at + 1 + random.integer(text.length)
    parts.push(gzipSync(text.slice(at, end)))
    at = end
  }
  parts.splice(random.integer(parts.length + 1), 0, gzipSync(''))
  let isRight = true
  const change = random.integer(7)
  if (change > 0) isRight = false
  if (change === 1) parts.splice(random.integer(parts.length), 1)
  if (change === 2)
    parts.push(gzipSync(Buffer.alloc(MIB * (1 + random.integer(64)), random.integer(2) === 0 ? ' ' : '[')))
  if (change === 3) parts.splice(1, 0, gzipSync(`${ROW},`.repeat(1 + random.integer(200_000))))
  if (change === 4)
    parts.splice(0, parts.length, gzipSync(`{"features":[${ROW}${',{}'.repeat(random.integer(300_000))}]}`))
  let body: Buffer = Buffer.concat(parts)
  if (change === 5) body = body.subarray(0, random.integer(body.length))
  if (change === 6) body = mutate(body, random) as Buffer
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS)
  })
  try {
    const asked = client.post(`/api/predict?model_run_id=${trained}`, body, { 'content-encoding': 'gzip' })
    const { status, body: answer } = await Promise.race([asked, silence])
    const isRefusal = (status >= 400 && status < 500) || (status === 503 && answer.code === 'OVERLOADED')
    if (status === 200 || (!isRight && isRefusal)) return `${status} ${answer.code ?? ''}`.trim()
    throw new Error(`answered ${status} ${JSON.stringify(answer).slice(0, 500)}`)
  } catch (error) {
    throw new Finding(`gzip (${change}): ${error}`, body, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
