// What one thread's part of a kernel's memory is to TypeScript: typed arrays and fields.
import type { TreeArrays } from '../grown-tree.ts'
import { FIELDS } from './kernel-layout.ts'
import type { KernelPlan } from './plan-kernel.ts'
import type { TreeKernel } from './tree-kernel.ts'

type FieldViews = ReturnType<typeof FIELDS.views>
type FieldOf<View> = { [name in keyof FieldViews]: FieldViews[name] extends View ? name : never }[keyof FieldViews]

export class ThreadView {
  /** Where the thread's part begins. */
  readonly base: number
  readonly rowWeights: Float64Array
  readonly rows: Int32Array
  readonly features: Int32Array
  readonly stack: Int32Array
  readonly goesLeft: Uint8Array
  readonly nodeWeights: Float64Array
  /** What the criterion has: weighted targets, or places of classes. The other is empty. */
  readonly nodeTargets: Float64Array
  readonly nodeClasses: Int32Array
  /** What the matrix has. The other is empty. */
  readonly nodeRanks: Int32Array
  readonly nodeValues: Float64Array
  readonly tree: TreeArrays
  private readonly fields: FieldViews
  private readonly categoryCounts: Int32Array

  /** plan: of the kernel. */
  constructor({ memory }: TreeKernel, plan: KernelPlan, threadIndex: number) {
    const { buffer } = memory
    const base = plan.baseOf(threadIndex)
    const own = plan.own.views(buffer, base)
    this.base = base
    this.rowWeights = own.rowWeights
    this.rows = own.rows
    this.features = own.features
    this.stack = own.stack
    this.goesLeft = own.goesLeft
    this.nodeWeights = own.nodeWeights
    this.nodeTargets = own.nodeTargets
    this.nodeClasses = own.nodeClasses
    this.nodeRanks = own.nodeRanks
    this.nodeValues = own.nodeValues
    this.tree = plan.tree.views(buffer, base)
    this.fields = FIELDS.views(buffer, own.fields.byteOffset)
    this.categoryCounts = plan.shared.views(buffer).categoryCounts
  }

  int(field: FieldOf<Int32Array>): number {
    return this.fields[field][0]!
  }

  setInt(field: FieldOf<Int32Array>, value: number): void {
    this.fields[field][0] = value
  }

  float(field: FieldOf<Float64Array>): number {
    return this.fields[field][0]!
  }

  setFloat(field: FieldOf<Float64Array>, value: number): void {
    this.fields[field][0] = value
  }

  categoryCount(column: number): number {
    return this.categoryCounts[column]!
  }
}
