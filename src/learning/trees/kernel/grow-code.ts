// Grows a tree depth first: takes nodes from a stack, has their splits searched, and writes them down.
import type { Routine } from '../../wasm/assemble-module.ts'
import { I32 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { callOf, float, int, type Local, loadF64, loadI32 } from '../../wasm/values.ts'
import { LEAF } from '../grown-tree.ts'
import { EPSILON } from '../tree-rules.ts'
import type { CriterionCode } from './criterion-code.ts'
import { Thread } from './kernel-code.ts'
import { Answer, type KernelShape, Phase, Place, PURE, usesMoments } from './kernel-shape.ts'

const ENTRY_BYTES = 16

/** load(base, start, n): reads a node's rows, and readies the search for its split. */
export function loadRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const w = new RoutineWriter('load')
  const thread = new Thread(w, shape)
  const start = w.parameter(I32)
  const n = w.parameter(I32)
  criterion.load(w, thread, start, n)
  thread.setField('score', float(Number.NEGATIVE_INFINITY))
  thread.setField('decreaseMax', thread.float('impurity').times(thread.float('weight')).times(PURE))
  thread.setField('feature', int(-1))
  thread.setField('visited', int(0))
  thread.setField('useful', int(0))
  return w.finish()
}

/**
 * grow(base, budget): goes on growing until the tree is finished, which gives 0, or the budget of rows × columns is used
 * up, which gives 1. Nodes come out in pre-order: a node, its left subtree, its right.
 */
export function growRoutine(shape: KernelShape): Routine {
  const { own, rules, classCount } = shape
  const { tree } = own
  const w = new RoutineWriter('grow', [I32])
  const thread = new Thread(w, shape)
  const { base } = thread
  const budget = w.parameter(I32)
  const start = w.local(thread.int('start'))
  const n = w.local(thread.int('rowCount'))
  const depth = w.local(thread.int('depth'))
  const node = w.local(thread.int('node'))
  const link = w.local(int(0))
  const phase = w.local(thread.int('phase'))
  const stackSize = w.local(thread.int('stackSize'))
  const push = (from: Local, count: Local, side: 0 | 1): void => {
    const entry = w.local(base.plus(stackSize.times(ENTRY_BYTES)))
    w.store(entry, from, own.stack)
    w.store(entry, count, own.stack + 4)
    w.store(entry, depth.plus(1), own.stack + 8)
    w.store(entry, node.shiftLeft(1).or(side), own.stack + 12)
    w.add(stackSize, 1)
  }
  const endNode = (): void => {
    if (classCount > 0) w.call(Place.endLeaf, base, node)
  }
  const leaveFor = (answer: number, phase: number): void => {
    thread.setField('phase', int(phase))
    thread.setField('start', start)
    thread.setField('rowCount', n)
    thread.setField('depth', depth)
    thread.setField('node', node)
    thread.setField('stackSize', stackSize)
    w.return(answer)
  }
  w.while(int(1), (_, next) => {
    w.if(phase.equals(Phase.nextNode), () => {
      w.if(stackSize.isZero(), () => w.return(Answer.finished))
      w.add(stackSize, -1)
      const entry = w.local(base.plus(stackSize.times(ENTRY_BYTES)))
      w.set(start, loadI32(entry, own.stack))
      w.set(n, loadI32(entry, own.stack + 4))
      w.set(depth, loadI32(entry, own.stack + 8))
      w.set(link, loadI32(entry, own.stack + 12))
      w.call(Place.load, base, start, n)
      w.set(budget, budget.minus(n))
      w.set(node, thread.int('nodeCount'))
      thread.setField('nodeCount', node.plus(1))
      addNode(w, thread, shape, node, n, link)
      const maySplit = w.local(
        n
          .isAtLeast(rules.splitRowCountMin)
          .and(thread.float('weight').isAtLeast(thread.float('splitWeightMin')))
          .and(thread.float('impurity').isAbove(classCount > 0 ? EPSILON : 0)),
      )
      if (rules.depthMax < 2 ** 31) w.set(maySplit, maySplit.and(depth.isBelow(rules.depthMax)))
      w.if(maySplit.isZero(), () => {
        endNode()
        w.branch(next)
      })
    })
    w.if(phase.differs(Phase.split), () => {
      w.set(budget, callOf(I32, Place.search, base, start, n, budget))
      w.if(budget.isBelow(0), () => leaveFor(Answer.interrupted, Phase.search))
    })
    const improvement = thread.float('decrease').over(thread.float('totalWeight')).plus(EPSILON)
    const isSplit = w.local(thread.int('feature').isAtLeast(0).and(improvement.isAtLeast(rules.impurityDecreaseMin)))
    if (shape.hasCategories) {
      const isNew = isSplit.and(thread.int('isCategorical')).and(phase.differs(Phase.split))
      w.if(isNew, () => leaveFor(Answer.keepSet, Phase.split))
    }
    w.set(phase, Phase.nextNode)
    w.if(
      isSplit,
      () => {
        const leftCount = w.local(callOf(I32, Place.divide, base, start, n))
        w.store(thread.at4(node), thread.int('feature'), tree.features)
        w.store(thread.at8(node), thread.float('threshold'), tree.thresholds)
        w.storeByte(base.plus(node), thread.int('bestMissingLeft'), tree.missingLeft)
        const setStart = shape.hasCategories ? thread.int('setStart').where(thread.int('isCategorical'), -1) : int(-1)
        w.store(thread.at4(node), setStart, tree.setStarts)
        push(w.local(start.plus(leftCount)), w.local(n.minus(leftCount)), 1)
        push(start, leftCount, 0)
      },
      endNode,
    )
  })
  return w.finish()
}

/** Writes the loaded node as a leaf for now, and hangs it under its parent. */
function addNode(w: RoutineWriter, thread: Thread, shape: KernelShape, node: Local, n: Local, link: Local): void {
  const { tree } = shape.own
  const at4 = w.local(thread.at4(node))
  const at8 = w.local(thread.at8(node))
  w.store(at4, int(LEAF), tree.features)
  w.store(at4, n, tree.rowCounts)
  w.store(at4, int(0), tree.leafSizes)
  w.store(at8, thread.float('weight'), tree.weights)
  w.store(at8, thread.float('impurity'), tree.impurities)
  if (shape.classCount === 0) w.store(at8, thread.float('value'), tree.values)
  w.if(link.isAtLeast(0), () => {
    const parent = w.local(thread.at4(link.shiftRight(1)))
    w.if(
      link.and(1),
      () => w.store(parent, node, tree.rights),
      () => w.store(parent, node, tree.lefts),
    )
  })
}

/** endLeaf(base, node): writes the classes of the loaded node, ascending, and their weights. Nothing for numbers. */
export function endLeafRoutine(shape: KernelShape): Routine {
  const { own } = shape
  const w = new RoutineWriter('endLeaf')
  const thread = new Thread(w, shape)
  const node = w.parameter(I32)
  if (shape.classCount === 0) return w.finish()
  const { tree } = own
  const leafEnd = w.local(thread.int('leafEnd'))
  w.store(thread.at4(node), leafEnd, tree.leafStarts)
  const at4 = w.local(thread.at4(leafEnd))
  const at8 = w.local(thread.at8(leafEnd))
  const size = w.local(int(0))
  const write = (k: Local, weight: Local): void => {
    const q4 = w.local(at4.plus(size.shiftLeft(2)))
    const q8 = w.local(at8.plus(size.shiftLeft(3)))
    w.while(q4.differs(at4), (out) => {
      const before = w.local(loadI32(q4.minus(4), tree.leafClasses))
      w.branch(out, before.isBelow(k))
      w.store(q4, before, tree.leafClasses)
      w.store(q8, loadF64(q8.minus(8), tree.leafWeights), tree.leafWeights)
      w.add(q4, -4)
      w.add(q8, -8)
    })
    w.store(q4, k, tree.leafClasses)
    w.store(q8, weight, tree.leafWeights)
    w.add(size, 1)
  }
  if (usesMoments(shape)) {
    const second = w.local(thread.float('total'))
    const first = w.local(thread.float('weight').minus(second))
    const k = w.local(int(0))
    w.if(first.isAbove(0), () => write(k, first))
    w.set(k, 1)
    w.if(second.isAbove(0), () => write(k, second))
  } else {
    const place = w.local(int(0))
    const classCount = w.local(thread.int('classCount'))
    w.count(place, 1, classCount.plus(1), () => {
      const k = w.local(loadI32(thread.at4(place), own.globalOf))
      write(k, w.local(loadF64(thread.at8(place), own.totals)))
    })
  }
  w.store(thread.at4(node), size, tree.leafSizes)
  thread.setField('leafEnd', leafEnd.plus(size))
  return w.finish()
}
