// Grows a tree depth first: takes nodes from a stack, has their splits searched, and writes them down.
import { routine } from '../../wasm/routine.ts'
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../../wasm/values.ts'
import { LEAF } from '../grown-tree.ts'
import { EPSILON } from '../tree-rules.ts'
import type { CriterionCode } from './criterion-code.ts'
import { Thread } from './kernel-code.ts'
import { ENTRY_LENGTH, usesMoments } from './kernel-layout.ts'
import { Answer, type KernelShape, Phase, PURE } from './kernel-shape.ts'
import type { divideRoutine, searchRoutine } from './search-code.ts'

const ENTRY_BYTES = 4 * ENTRY_LENGTH

/** load(base, start, n): reads a node's rows, and readies the search for its split. */
export function loadRoutine(shape: KernelShape, criterion: CriterionCode) {
  return routine('load', { base: I32, start: I32, n: I32 }, (w, { base, start, n }) => {
    const thread = new Thread(w, base, shape)
    criterion.load(w, thread, start, n)
    thread.set('score', F64.of(Number.NEGATIVE_INFINITY))
    thread.set('decreaseMax', thread.get('impurity').times(thread.get('weight')).times(PURE))
    thread.set('feature', I32.of(-1))
    thread.set('visited', I32.of(0))
    thread.set('useful', I32.of(0))
  })
}

/**
 * grow(base, budget): goes on growing until the tree is finished, which gives 0, or the budget of rows × columns is used
 * up, which gives 1. Nodes come out in pre-order: a node, its left subtree, its right.
 */
export function growRoutine(
  shape: KernelShape,
  load: ReturnType<typeof loadRoutine>,
  search: ReturnType<typeof searchRoutine>,
  divide: ReturnType<typeof divideRoutine>,
  endLeaf: ReturnType<typeof endLeafRoutine>,
) {
  const { own, tree, rules, classCount } = shape
  return routine('grow', { base: I32, budget: I32 }, I32, (w, { base, budget }) => {
    const thread = new Thread(w, base, shape)
    const start = w.keep(thread.get('start'))
    const n = w.keep(thread.get('rowCount'))
    const depth = w.keep(thread.get('depth'))
    const node = w.keep(thread.get('node'))
    const link = w.keep(I32.of(0))
    const phase = w.keep(thread.get('phase'))
    const stackSize = w.keep(thread.get('stackSize'))
    const push = (from: Local<I32>, count: Local<I32>, side: 0 | 1): void => {
      const entry = w.keep(base.plus(stackSize.times(ENTRY_BYTES)))
      own.stack.store(w, entry, from)
      own.stack.store(w, entry, count, 4)
      own.stack.store(w, entry, depth.plus(1), 8)
      own.stack.store(w, entry, node.shiftLeft(1).or(side), 12)
      w.add(stackSize, 1)
    }
    const endNode = (): void => {
      if (classCount > 0) w.call(endLeaf, { base, node })
    }
    const leaveFor = (answer: number, phase: number): void => {
      thread.set('phase', I32.of(phase))
      thread.set('start', start)
      thread.set('rowCount', n)
      thread.set('depth', depth)
      thread.set('node', node)
      thread.set('stackSize', stackSize)
      w.return(answer)
    }
    w.while(I32.of(1), (finished, next) => {
      w.if(phase.equals(Phase.nextNode), () => {
        w.branch(finished, stackSize.isZero())
        w.add(stackSize, -1)
        const entry = w.keep(base.plus(stackSize.times(ENTRY_BYTES)))
        w.set(start, own.stack.load(entry))
        w.set(n, own.stack.load(entry, 4))
        w.set(depth, own.stack.load(entry, 8))
        w.set(link, own.stack.load(entry, 12))
        w.call(load, { base, start, n })
        w.set(budget, budget.minus(n))
        w.set(node, thread.get('nodeCount'))
        thread.set('nodeCount', node.plus(1))
        addNode(w, thread, shape, node, n, link)
        const maySplit = w.keep(
          n
            .isAtLeast(rules.splitRowCountMin)
            .and(thread.get('weight').isAtLeast(thread.get('splitWeightMin')))
            .and(thread.get('impurity').isAbove(classCount > 0 ? EPSILON : 0)),
        )
        if (rules.depthMax < 2 ** 31) w.set(maySplit, maySplit.and(depth.isBelow(rules.depthMax)))
        w.if(maySplit.isZero(), () => {
          endNode()
          w.branch(next)
        })
      })
      w.if(phase.differs(Phase.split), () => {
        w.set(budget, search.of({ base, start, n, budget }))
        w.if(budget.isBelow(0), () => leaveFor(Answer.interrupted, Phase.search))
      })
      const improvement = thread.get('decrease').over(thread.get('totalWeight')).plus(EPSILON)
      const isSplit = w.keep(thread.get('feature').isAtLeast(0).and(improvement.isAtLeast(rules.impurityDecreaseMin)))
      if (shape.hasCategories) {
        const isNew = isSplit.and(thread.get('isCategorical')).and(phase.differs(Phase.split))
        w.if(isNew, () => leaveFor(Answer.keepSet, Phase.split))
      }
      w.set(phase, Phase.nextNode)
      w.if(
        isSplit,
        () => {
          const leftCount = w.keep(divide.of({ base, start, n }))
          tree.features.set(w, node, thread.get('feature'), base)
          tree.thresholds.set(w, node, thread.get('threshold'), base)
          tree.missingLeft.set(w, node, thread.get('bestMissingLeft'), base)
          const setStart = shape.hasCategories
            ? thread.get('setStart').where(thread.get('isCategorical'), -1)
            : I32.of(-1)
          tree.setStarts.set(w, node, setStart, base)
          push(w.keep(start.plus(leftCount)), w.keep(n.minus(leftCount)), 1)
          push(start, leftCount, 0)
        },
        endNode,
      )
    })
    return I32.of(Answer.finished)
  })
}

/** Writes the loaded node as a leaf for now, and hangs it under its parent. */
function addNode(
  w: RoutineWriter,
  thread: Thread,
  shape: KernelShape,
  node: Local<I32>,
  n: Local<I32>,
  link: Local<I32>,
): void {
  const { tree } = shape
  const { base } = thread
  const at4 = w.keep(tree.features.at(node, base))
  const at8 = w.keep(tree.weights.at(node, base))
  tree.features.store(w, at4, I32.of(LEAF))
  tree.rowCounts.store(w, at4, n)
  tree.leafSizes.store(w, at4, I32.of(0))
  tree.weights.store(w, at8, thread.get('weight'))
  tree.impurities.store(w, at8, thread.get('impurity'))
  if (shape.classCount === 0) tree.values.store(w, at8, thread.get('value'))
  w.if(link.isAtLeast(0), () => {
    const parent = w.keep(tree.rights.at(link.shiftRight(1), base))
    w.if(
      link.and(1),
      () => tree.rights.store(w, parent, node),
      () => tree.lefts.store(w, parent, node),
    )
  })
}

/** endLeaf(base, node): writes the classes of the loaded node, ascending, and their weights. Nothing for numbers. */
export function endLeafRoutine(shape: KernelShape) {
  const { own, tree } = shape
  return routine('endLeaf', { base: I32, node: I32 }, (w, { base, node }) => {
    const thread = new Thread(w, base, shape)
    if (shape.classCount === 0) return
    const leafEnd = w.keep(thread.get('leafEnd'))
    tree.leafStarts.set(w, node, leafEnd, base)
    const at4 = w.keep(tree.leafClasses.at(leafEnd, base))
    const at8 = w.keep(tree.leafWeights.at(leafEnd, base))
    const size = w.keep(I32.of(0))
    const write = (k: Local<I32>, weight: Local<F64>): void => {
      const q4 = w.keep(at4.plus(size.shiftLeft(2)))
      const q8 = w.keep(at8.plus(size.shiftLeft(3)))
      w.while(q4.differs(at4), (out) => {
        const before = w.keep(tree.leafClasses.load(q4, -4))
        w.branch(out, before.isBelow(k))
        tree.leafClasses.store(w, q4, before)
        tree.leafWeights.store(w, q8, tree.leafWeights.load(q8, -8))
        w.add(q4, -4)
        w.add(q8, -8)
      })
      tree.leafClasses.store(w, q4, k)
      tree.leafWeights.store(w, q8, weight)
      w.add(size, 1)
    }
    if (usesMoments(shape, shape.rules)) {
      const second = w.keep(thread.get('total'))
      const first = w.keep(thread.get('weight').minus(second))
      const k = w.keep(I32.of(0))
      w.if(first.isAbove(0), () => write(k, first))
      w.set(k, 1)
      w.if(second.isAbove(0), () => write(k, second))
    } else {
      const place = w.keep(I32.of(0))
      const classCount = w.keep(thread.get('classCount'))
      w.count(place, 1, classCount.plus(1), () => {
        const k = w.keep(own.globalOf.get(place, base))
        write(k, w.keep(own.totals.get(place, base)))
      })
    }
    tree.leafSizes.set(w, node, size, base)
    thread.set('leafEnd', leafEnd.plus(size))
  })
}
