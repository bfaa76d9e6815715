// What one thread's part of a kernel's memory is to TypeScript: typed arrays and fields.
import type { TreeArrays } from '../grown-tree.ts'
import { Field } from './kernel-shape.ts'
import type { TreeKernel } from './tree-kernel.ts'

type FieldName = keyof typeof Field

export class ThreadView {
  /** Where the thread's part begins. */
  readonly base: number
  readonly rowWeights: Float64Array
  readonly rows: Int32Array
  readonly features: Int32Array
  /** Room for the first node. */
  readonly stack: Int32Array
  readonly goesLeft: Uint8Array
  readonly nodeWeights: Float64Array
  /** Either what the criterion has, weighted targets, or places of classes. */
  readonly nodeTargets: Float64Array
  readonly nodePlaces: Int32Array
  /** Either what the matrix has. */
  readonly nodeRanks: Int32Array
  readonly nodeValues: Float64Array
  readonly tree: TreeArrays
  private readonly ints: Int32Array
  private readonly floats: Float64Array
  private readonly categoryCounts: Int32Array

  constructor({ places, memory }: TreeKernel, threadIndex: number) {
    const { shape, nodeCountMax, categoryCountMax } = places
    const { rowCount, columnCount, classCount, own, shared } = shape
    const { tree } = own
    const { buffer } = memory
    const base = places.firstBase + threadIndex * places.threadBytes
    const ints = (place: number, length = nodeCountMax) => new Int32Array(buffer, base + place, length)
    const floats = (place: number, length = nodeCountMax) => new Float64Array(buffer, base + place, length)
    const bytes = (place: number, length = nodeCountMax) => new Uint8Array(buffer, base + place, length)
    const isRanked = shape.rules.splitter === 'best'
    const leafClasses = classCount > 0 ? rowCount : 0
    this.base = base
    this.rowWeights = floats(own.rowWeights, rowCount)
    this.rows = ints(own.rows, rowCount)
    this.features = ints(own.features, columnCount)
    this.stack = ints(own.stack, 4)
    this.goesLeft = bytes(own.goesLeft, categoryCountMax + 1)
    this.nodeWeights = floats(own.nodeWeights, rowCount)
    this.nodeTargets = floats(own.nodeTargets, rowCount)
    this.nodePlaces = ints(own.nodeTargets, rowCount)
    this.nodeRanks = ints(own.nodeCells, rowCount)
    this.nodeValues = floats(own.nodeCells, isRanked ? 0 : rowCount)
    this.ints = ints(own.fields, 80)
    this.floats = floats(own.fields, 40)
    this.categoryCounts = new Int32Array(buffer, shared.categoryCounts, shape.hasCategories ? columnCount : 0)
    this.tree = {
      features: ints(tree.features),
      thresholds: floats(tree.thresholds),
      lefts: ints(tree.lefts),
      rights: ints(tree.rights),
      missingLeft: bytes(tree.missingLeft),
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

  int(field: FieldName): number {
    return this.ints[Field[field] >> 2]!
  }

  setInt(field: FieldName, value: number): void {
    this.ints[Field[field] >> 2] = value
  }

  float(field: FieldName): number {
    return this.floats[Field[field] >> 3]!
  }

  setFloat(field: FieldName, value: number): void {
    this.floats[Field[field] >> 3] = value
  }

  categoryCount(column: number): number {
    return this.categoryCounts[column]!
  }
}
