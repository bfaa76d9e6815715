// The memory that the work of callers may take in the service's process: tables, predictions, answers and artifacts that are
// being loaded, of all threads together. It is asked before the memory is taken.
import { ServiceError } from '../errors.ts'

const KIB = 2 ** 10
const MIB = 2 ** 20
/** A hold asks for so much at a time: nothing waits for another thread, but rows should not count bytes one by one. */
const STEP_KIB = 1024

/** Which thread holds memory: what a thread held is free when it is gone. */
export const HOLDERS = {
  service: 1,
  intake: 2,
  prediction: 3,
  datasets: 4,
  comparison: 5,
  outcomes: 6,
  detection: 7,
  imports: 8,
} as const
export type Holder = keyof typeof HOLDERS

/** The same budget for another thread, as data. */
export interface SharedBudget {
  readonly byteLengthMax: number
  /** KiB that are held: all, and those of each holder. */
  readonly held: Int32Array<SharedArrayBuffer>
}

export class MemoryBudget {
  readonly shared: SharedBudget
  private readonly holder: number

  constructor(shared: SharedBudget, holder: Holder) {
    this.shared = shared
    this.holder = HOLDERS[holder]
  }

  /** A budget of its own. */
  static of(byteLengthMax: number): MemoryBudget {
    const held = new Int32Array(new SharedArrayBuffer(4 * (1 + Object.keys(HOLDERS).length)))
    return new MemoryBudget({ byteLengthMax, held }, 'service')
  }

  /** What one piece of work holds: nothing yet, and `byteLengthMax` at the most. `what` begins the words of a refusal. */
  hold(what: string, byteLengthMax = this.shared.byteLengthMax): MemoryHold {
    return new MemoryHold(this, what, byteLengthMax)
  }

  get heldBytes(): number {
    return Atomics.load(this.shared.held, 0) * KIB
  }

  /** Takes so many KiB, or none where there are not so many left. */
  tryTake(kib: number): boolean {
    const { held, byteLengthMax } = this.shared
    const before = Atomics.add(held, 0, kib)
    if (kib > 0 && (before + kib) * KIB > byteLengthMax) {
      Atomics.sub(held, 0, kib)
      return false
    }
    Atomics.add(held, this.holder, kib)
    return true
  }

  /** A thread is gone, and all that it held. */
  threadEnded(holder: Holder): void {
    const { held } = this.shared
    Atomics.sub(held, 0, Atomics.exchange(held, HOLDERS[holder], 0))
  }
}

export class MemoryHold {
  private readonly budget: MemoryBudget
  private what: string
  private byteLengthMax: number
  private bytes = 0
  private kib = 0

  constructor(budget: MemoryBudget, what: string, byteLengthMax: number) {
    this.budget = budget
    this.what = what
    this.byteLengthMax = Math.min(byteLengthMax, budget.shared.byteLengthMax)
  }

  /**
   * To be called before so many bytes are taken. Throws ServiceError MEMORY_EXCEEDED where the work can never have them,
   * OVERLOADED where others hold them now.
   */
  take(bytes: number): void {
    this.bytes += bytes
    if (this.bytes > KIB * this.kib) this.extend(bytes)
  }

  /** So many bytes are let go. */
  give(bytes: number): void {
    this.bytes -= bytes
  }

  /** Throws ServiceError MEMORY_EXCEEDED where the work can never have so many bytes in all. */
  check(bytes: number): void {
    if (bytes > this.byteLengthMax) throw this.exceeded(bytes)
  }

  /** The work goes on with something else, which may hold all that there is. */
  goOn(what: string): void {
    this.what = what
    this.byteLengthMax = this.budget.shared.byteLengthMax
  }

  /** All of it is let go. To be called when the work is over, however it ended; twice is as good as once. */
  release(): void {
    this.budget.tryTake(-this.kib)
    this.kib = 0
    this.bytes = 0
  }

  private extend(bytes: number): void {
    const needed = this.bytes
    const kib = Math.max(Math.ceil(needed / KIB) - this.kib, STEP_KIB)
    if (needed <= this.byteLengthMax && (this.tryTake(kib) || this.tryTake(Math.ceil(needed / KIB) - this.kib))) return
    this.bytes -= bytes
    if (needed > this.byteLengthMax) throw this.exceeded(needed)
    const { byteLengthMax } = this.budget.shared
    const left = Math.max(0, byteLengthMax - this.budget.heldBytes)
    const detail = `${this.what}: ${mib(bytes)} MiB more are not free now, ${mib(left)} of ${mib(byteLengthMax)} are (MEMORY_BUDGET_MB)`
    throw new ServiceError('OVERLOADED', detail, { retryAfterSeconds: 2 })
  }

  private tryTake(kib: number): boolean {
    const isTaken = this.budget.tryTake(kib)
    if (isTaken) this.kib += kib
    return isTaken
  }

  private exceeded(bytes: number): ServiceError {
    const limit =
      this.byteLengthMax < this.budget.shared.byteLengthMax
        ? `${mib(this.byteLengthMax)} for a body of its length`
        : `${mib(this.byteLengthMax)} (MEMORY_BUDGET_MB)`
    return new ServiceError('MEMORY_EXCEEDED', `${this.what}: ${mib(bytes)} MiB are more than ${limit}`)
  }
}

function mib(bytes: number): number {
  return Math.ceil(bytes / MIB)
}

/** A table may be so large whatever its body, and so many times as large as its body: missing values take no bytes there. */
const TABLE_BYTES_FREE = 64 * MIB
const TABLE_BYTES_PER_BODY_BYTE = 64

/** A hold for the tables of a body of so many bytes, unpacked. */
export function holdForTables(budget: MemoryBudget, bodyByteLength: number): MemoryHold {
  return budget.hold('the rows as a table', TABLE_BYTES_FREE + TABLE_BYTES_PER_BODY_BYTE * bodyByteLength)
}
