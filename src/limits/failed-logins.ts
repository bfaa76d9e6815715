// Whoever tries tokens is slowed: after some failures from an address nothing more is looked up for a while.
import { ServiceError } from '../errors.ts'
import { callerAddress } from './caller-address.ts'
import { TokenBuckets } from './token-buckets.ts'

/** Failures of an address in a minute. */
const FAILURES_MAX = 20
const ADDRESSES_MAX = 10_000

/**
 * To be called in this order: a token that is known to be good goes on, whatever others of its address do; `delayOrRefuse`;
 * look the token up; `failed` when it is none. In memory, so of this worker alone.
 */
export class FailedLogins {
  private readonly buckets: TokenBuckets

  /** now: milliseconds that only grow. */
  constructor(now?: () => number) {
    const shape = { perSecond: FAILURES_MAX / 60, burst: FAILURES_MAX, keysMax: ADDRESSES_MAX }
    this.buckets = new TokenBuckets(shape, now)
  }

  /** Throws RATE_LIMITED while the address has failed too often; a call that throws counts for nothing. */
  delayOrRefuse(address: string): void {
    const waitMs = this.buckets.waitMs(callerAddress(address))
    if (waitMs === 0) return
    const detail = 'too many calls with wrong credentials came from this address'
    throw new ServiceError('RATE_LIMITED', detail, { retryAfterSeconds: Math.ceil(waitMs / 1000) })
  }

  /** A call from the address had credentials that are none. */
  failed(address: string): void {
    this.buckets.take(callerAddress(address))
  }
}
