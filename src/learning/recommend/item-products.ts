// The products of an item with all others: their sums over the users that both share.
import { f64, i32, layout, u8 } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, instantiate } from '../wasm/web-assembly.ts'
import type { BothSides } from './interactions.ts'
import { assembleProducts, LIST_BYTES, MARKS_TOGETHER, type ProductRoutines, SUMS_OF_MARK } from './product-routines.ts'

/** Products that are added at once, but for those of the last user: some milliseconds. */
const PRODUCTS_TOGETHER = 2 ** 20
const LISTS_TOGETHER = 4096

export class ItemProducts {
  /** What takeAbove found: `foundCount` items, ascending, and their sums. */
  readonly items: Int32Array
  readonly sums: Float64Array
  private readonly pairs: BothSides
  private readonly weights: Float64Array
  private readonly views: ReturnType<ReturnType<typeof memoryOf>['views']>
  private readonly factors: Float64Array
  private readonly routines: ProductRoutines

  /**
   * weights  one a pair of byItem, in its order
   * room     how many items can be found before some are let go: by SUMS_OF_MARK more than are kept, at the least
   *
   * Memory: 12 bytes a pair, 9 an item, 12 for each that is found. Throws DataError where these are more than 4 GiB.
   */
  constructor(pairs: BothSides, weights: Float64Array, room: number) {
    this.pairs = pairs
    this.weights = weights
    const plan = new MemoryPlan()
    const arrays = memoryOf(pairs, room, plan)
    const memory = plan.allocateOwn('the products of items are summed')
    this.routines = instantiate(compile(assembleProducts()), { memory }) as ProductRoutines
    this.views = arrays.views(memory.buffer)
    const { lists, others, ofUsers } = this.views
    this.factors = new Float64Array(lists.buffer, lists.byteOffset, lists.length / 2)
    this.items = this.views.items
    this.sums = this.views.sums
    others.set(pairs.byUser.others)
    putByUser(pairs, weights, ofUsers)
  }

  /** Adds the products of pairs [from, to) of byItem, which are those of one item, or the first of them. Gives where to go on. */
  add(from: number, to: number): number {
    const { starts } = this.pairs.byUser
    const users = this.pairs.byItem.others
    const { lists, others, ofUsers, all, marks } = this.views
    const end = Math.min(to, from + LISTS_TOGETHER)
    let products = 0
    let pair = from
    for (; pair < end && products < PRODUCTS_TOGETHER; pair++) {
      const user = users[pair] as number
      const [start, behind] = [starts[user] as number, starts[user + 1] as number]
      const at = (LIST_BYTES / 4) * (pair - from)
      lists[at] = others.byteOffset + 4 * start
      lists[at + 1] = others.byteOffset + 4 * behind
      this.factors[at / 2 + 1] = this.weights[pair] as number
      products += behind - start
    }
    const listsEnd = lists.byteOffset + LIST_BYTES * (pair - from)
    const weightsAt = ofUsers.byteOffset - 2 * others.byteOffset
    this.routines.addProducts(lists.byteOffset, listsEnd, weightsAt, all.byteOffset, marks.byteOffset)
    return pair
  }

  /** Leaves out the sum of an item. */
  leaveOut(item: number): void {
    this.views.all[item] = 0
  }

  /**
   * Takes the sums above `least`, 0 or more, behind the `kept` ones that stay, as long as there is room; what was looked at is 0
   * then. False where there is more to look at.
   */
  takeAbove(least: number, kept: number): boolean {
    const { marks, all, items, sums, count } = this.views
    const end = marks.byteOffset + marks.byteLength
    count[0] = kept
    const [itemsAt, sumsAt, room] = [items.byteOffset, sums.byteOffset, items.length]
    const { takeAbove } = this.routines
    return takeAbove(marks.byteOffset, end, all.byteOffset, least, itemsAt, sumsAt, room, count.byteOffset) === 1
  }

  /**
   * Keeps the `wanted` largest of the sums that were found, more than that and all above `least`, in their order; of equal
   * ones the first. Gives a number that those are above.
   */
  keepLargest(wanted: number, least: number): number {
    const { items, sums } = this.views
    return this.routines.keepLargest(items.byteOffset, sums.byteOffset, this.foundCount, wanted, least)
  }

  get foundCount(): number {
    return this.views.count[0] as number
  }
}

function memoryOf({ byUser, byItem }: BothSides, room: number, plan: MemoryPlan) {
  const marks = Math.ceil((byItem.starts.length - 1) / SUMS_OF_MARK)
  return layout(
    {
      others: i32(byUser.others.length),
      ofUsers: f64(byUser.others.length),
      lists: i32((LIST_BYTES / 4) * LISTS_TOGETHER),
      marks: u8(MARKS_TOGETHER * Math.ceil(marks / MARKS_TOGETHER)),
      all: f64(SUMS_OF_MARK * marks),
      items: i32(room),
      sums: f64(room + 1),
      count: i32(1),
    },
    plan,
  )
}

/** Weights of byItem in the order of byUser: both have items, and users, ascending. O(pairs). */
function putByUser({ byUser, byItem }: BothSides, weights: Float64Array, ordered: Float64Array): void {
  const next = byUser.starts.slice()
  for (let k = 0; k < weights.length; k++) {
    const user = byItem.others[k] as number
    const at = next[user] as number
    ordered[at] = weights[k] as number
    next[user] = at + 1
  }
}
