// What a caller says of a run for his own use: an id that ties it to what he does, and a key that makes it once.
import { Type } from '@sinclair/typebox'
import { invalidRequest, ServiceError } from '../errors.ts'
import { FaultList } from '../model/faults.ts'

const LENGTH_MAX = 200
const NO_CONTROLS = '^[^\\u0000-\\u001f\\u007f]+$'

export const CorrelationId = Type.String({
  minLength: 1,
  maxLength: LENGTH_MAX,
  pattern: NO_CONTROLS,
  description:
    "the caller's id of what the run belongs to: in the log, in what is said of the run, and a filter of the list",
})

export const IdempotencyKey = Type.String({
  minLength: 1,
  maxLength: LENGTH_MAX,
  pattern: '^[\\u0021-\\u007e]+$',
  description: 'The same key with the same body is the same run, of the last runs that this worker knows',
})

/** The correlation_id of a JSON body. */
export function readCorrelationId(given: unknown, faults: FaultList): string | undefined {
  if (given === undefined || given === null) return undefined
  const isOne = typeof given === 'string' && new RegExp(NO_CONTROLS, 'u').test(given) && [...given].length <= LENGTH_MAX
  if (isOne) return given
  faults.add({ in: 'body', detail: `correlation_id: expected text of 1 to ${LENGTH_MAX} characters without controls` })
  return undefined
}

/** Of query and body. Throws ServiceError when they contradict each other. */
export function oneCorrelationId(query: string | undefined, body: string | undefined): string | undefined {
  if (query === undefined || body === undefined || query === body) return query ?? body
  const faults = new FaultList()
  faults.add({ in: 'query', parameter: 'correlation_id', detail: 'the body has another' })
  throw invalidRequest(faults)
}

/** A run that was made with a key. */
export interface KeyedRun {
  readonly key: string
  readonly digest: string
  readonly runId: number
}

/** Remembers which run was made with which key: those of the last runs, over restarts too. */
export class IdempotencyKeys<Made extends { readonly runId: number }> {
  private readonly keysMax: number
  private readonly taken = new Map<string, { readonly digest: string; readonly made: Promise<Made> }>()

  /** keysMax: the oldest beyond it are forgotten. */
  constructor(keysMax: number) {
    this.keysMax = keysMax
  }

  /** What an earlier process made. */
  remember(key: string, digest: string, made: Made): void {
    this.keep(key, digest, Promise.resolve(made))
  }

  /**
   * What was made with the key before, or what `make` makes now; at the same time as well. A run that is not there any
   * more, as `isThere` says, is made anew. digests: by which the request is known, that which is remembered first. Throws
   * ServiceError IDEMPOTENCY_KEY_REUSED when the digest was another.
   */
  async once(
    key: string,
    digests: readonly [string, ...string[]],
    isThere: (made: Made) => Promise<boolean>,
    make: () => Promise<Made>,
  ): Promise<Made> {
    const before = this.taken.get(key)
    if (before !== undefined) {
      const made = await before.made
      if (await isThere(made)) {
        if (digests.includes(before.digest)) return made
        const detail = `Idempotency-Key ${JSON.stringify(key)} was used for run ${made.runId}, with another body`
        throw new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
      }
      // Another call may have found that as well, and made it.
      if (this.taken.get(key) !== before) return this.once(key, digests, isThere, make)
    }
    const made = make()
    this.keep(key, digests[0], made)
    made.catch(() => {
      if (this.taken.get(key)?.made === made) this.taken.delete(key)
    })
    return made
  }

  private keep(key: string, digest: string, made: Promise<Made>): void {
    this.taken.delete(key)
    this.taken.set(key, { digest, made })
    for (const oldest of this.taken.keys()) if (this.taken.size > this.keysMax) this.taken.delete(oldest)
  }
}
