// Grows one tree after another with a kernel: depth first in one go, or the best leaf first.
import type { Random } from '../../random.ts'
import { GrownTree, type TreeArrays } from '../grown-tree.ts'
import { Field } from './kernel-shape.ts'
import { type KernelRoutines, startKernel, type TreeKernel } from './tree-kernel.ts'

/** Rows × columns between two yields: a few milliseconds of work. */
const BUDGET = 1_000_000

/** Memory: none but views of the kernel's, for the thread of this index. */
export class KernelGrower {
  readonly tree: GrownTree
  /** Of each row of the matrix in the tree at hand; rows with 0 are not in it. Set before `grow`. */
  readonly rowWeights: Float64Array
  private readonly kernel: TreeKernel
  private readonly routines: KernelRoutines
  private readonly base: number
  private readonly rows: Int32Array
  private readonly features: Int32Array
  private readonly stack: Int32Array
  private readonly ints: Int32Array
  private readonly floats: Float64Array

  constructor(kernel: TreeKernel, threadIndex: number) {
    const { shape, firstBase, threadBytes } = kernel.plan
    const { rowCount, columnCount, own } = shape
    const { buffer } = kernel.memory
    const base = firstBase + threadIndex * threadBytes
    this.kernel = kernel
    this.base = base
    this.routines = startKernel(kernel)
    this.rowWeights = new Float64Array(buffer, base + own.rowWeights, rowCount)
    this.rows = new Int32Array(buffer, base + own.rows, rowCount)
    this.features = new Int32Array(buffer, base + own.features, columnCount)
    this.stack = new Int32Array(buffer, base + own.stack, 4)
    this.ints = new Int32Array(buffer, base + own.fields, 80)
    this.floats = new Float64Array(buffer, base + own.fields, 40)
    this.tree = new GrownTree(viewTree(kernel, base))
  }

  /** Fills `tree`. Yields every few milliseconds, so that the caller can look around, and leave. */
  *grow(random: Random): Generator<void, void> {
    const { rules } = this.kernel.plan.shape
    const { rows, rowWeights, tree } = this
    let n = 0
    let weight = 0
    for (let row = 0; row < rowWeights.length; row++) {
      const w = rowWeights[row]!
      if (w > 0) {
        rows[n++] = row
        weight += w
      }
    }
    for (let j = 0; j < this.features.length; j++) this.features[j] = j
    for (const seed of ['seedA', 'seedB', 'seedC', 'seedD'] as const) this.setInt(seed, random.uint32())
    this.setInt('seedD', this.int('seedD') | 1)
    this.setFloat('totalWeight', weight)
    this.setFloat('weightMin', rules.leafWeightFractionMin * weight)
    this.setFloat('splitWeightMin', 2 * rules.leafWeightFractionMin * weight)
    this.setInt('nodeCount', 0)
    this.setInt('leafEnd', 0)
    tree.clear()
    this.setInt('isSearching', 0)
    this.setInt('stackSize', 1)
    this.stack.set([0, n, 0, -1])
    while (this.routines.grow(this.base, BUDGET) !== 0) yield
    tree.nodeCount = this.int('nodeCount')
    tree.leafEnd = this.int('leafEnd')
  }

  private int(field: keyof typeof Field): number {
    return this.ints[Field[field] >> 2]!
  }

  private setInt(field: keyof typeof Field, value: number): void {
    this.ints[Field[field] >> 2] = value
  }

  private setFloat(field: keyof typeof Field, value: number): void {
    this.floats[Field[field] >> 3] = value
  }
}

function viewTree({ plan, memory }: TreeKernel, base: number): TreeArrays {
  const { tree } = plan.shape.own
  const { buffer } = memory
  const nodes = plan.nodeCountMax
  const leafClasses = plan.shape.classCount > 0 ? plan.shape.rowCount : 0
  const ints = (place: number, length = nodes) => new Int32Array(buffer, base + place, length)
  const floats = (place: number, length = nodes) => new Float64Array(buffer, base + place, length)
  return {
    features: ints(tree.features),
    thresholds: floats(tree.thresholds),
    lefts: ints(tree.lefts),
    rights: ints(tree.rights),
    missingLeft: new Uint8Array(buffer, base + tree.missingLeft, nodes),
    setStarts: ints(tree.setStarts),
    rowCounts: ints(tree.rowCounts),
    weights: floats(tree.weights),
    impurities: floats(tree.impurities),
    values: floats(tree.values),
    leafStarts: ints(tree.leafStarts),
    leafSizes: ints(tree.leafSizes),
    leafClasses: ints(tree.leafClasses, leafClasses),
    leafWeights: floats(tree.leafWeights, leafClasses),
  }
}
