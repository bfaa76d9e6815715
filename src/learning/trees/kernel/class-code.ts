// Impurities of any number of classes: sums over the weights of classes, kept up row by row.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { float, int, type Local, loadF64, loadI32, type Value } from '../../wasm/values.ts'
import { entropy, gini } from './class-measures.ts'
import type { CriterionCode, LeftSums } from './criterion-code.ts'
import type { Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import { raiseAtThreshold } from './raise-split.ts'

/**
 * Classes are numbered anew in each node, in the order in which its rows show them: what a scan touches is short.
 */
export function classCode(shape: KernelShape): CriterionCode {
  const { shared, own } = shape
  const measure = shape.rules.criterion === 'gini' ? gini : entropy

  function load(w: RoutineWriter, thread: Thread, start: Local, n: Local): void {
    const weight = w.local(float(0))
    const classCount = w.local(int(0))
    const i = w.local(int(0))
    w.count(i, 0, n, () => {
      const row = w.local(loadI32(thread.at4(start.plus(i)), own.rows))
      const k = w.local(loadI32(row.shiftLeft(2), shared.targets))
      const v = w.local(loadF64(thread.at8(row), own.rowWeights))
      const place = w.local(loadI32(thread.at4(k), own.marks))
      w.if(place.isZero(), () => {
        w.add(classCount, 1)
        w.set(place, classCount.shiftLeft(3))
        w.store(thread.at4(k), place, own.marks)
        w.store(thread.at4(classCount), k, own.globalOf)
        w.store(thread.base.plus(place), float(0), own.totals)
      })
      const total = w.local(thread.base.plus(place))
      w.store(total, loadF64(total, own.totals).plus(v), own.totals)
      w.store(thread.at4(i), place, own.nodeTargets)
      w.store(thread.at8(i), v, own.nodeWeights)
      w.add(weight, v)
    })
    const sum = w.local(float(0))
    w.count(i, 1, classCount.plus(1), () => {
      w.add(sum, measure.ofWeight(loadF64(thread.at8(i), own.totals)))
      w.store(thread.at4(loadI32(thread.at4(i), own.globalOf)), int(0), own.marks)
    })
    thread.setField('weight', weight)
    thread.setField('classCount', classCount)
    thread.setField('total', sum)
    thread.setField('impurity', float(0).where(classCount.equals(1), measure.impurity(sum, weight)))
    thread.setField('tolerance', weight.times(1e-12))
  }

  function leftSums(w: RoutineWriter, thread: Thread): LeftSums {
    const { base } = thread
    const classCount = w.local(thread.int('classCount'))
    const weight = w.local(float(0))
    const sums = measure.leftSums(w, thread)
    const k = w.local(int(0))
    const add = (left: Local, v: Local): void => {
      const c = w.local(loadF64(left, own.left))
      sums.add(c, w.local(loadF64(left, own.totals)), v)
      w.add(weight, v)
      w.store(left, c.plus(v), own.left)
    }
    return {
      weight,
      clear() {
        w.set(weight, 0)
        sums.clear()
        w.count(k, 1, classCount.plus(1), () => w.store(thread.at8(k), float(0), own.left))
      },
      addRow(i) {
        const left = w.local(base.plus(loadI32(thread.at4(i), own.nodeTargets)))
        add(left, w.local(loadF64(thread.at8(i), own.nodeWeights)))
      },
      addCell(cell) {
        w.count(k, 0, classCount, () => {
          const v = w.local(loadF64(cell.plus(k.shiftLeft(3)), own.histogram))
          w.if(v.differs(0), () => add(w.local(base.plus(k.plus(1).shiftLeft(3))), v))
        })
      },
      score: (right) => sums.score(weight, right),
    }
  }

  function scoreThreshold(w: RoutineWriter, thread: Thread, n: Local, threshold: Local, missingLeft: Local): void {
    const { base } = thread
    const classCount = w.local(thread.int('classCount'))
    const i = w.local(int(0))
    w.count(i, 1, classCount.plus(1), () => {
      w.store(thread.at8(i), float(0), own.left)
      w.store(thread.at8(i), float(0), own.right)
    })
    const count = w.local(int(0))
    const at4 = w.local(base)
    const at8 = w.local(base)
    const toRight = own.right - own.left
    const addRow = (goesRight: Value): void => {
      const isRight = w.local(goesRight)
      const cell = w.local(base.plus(loadI32(at4, own.nodeTargets)).plus(isRight.times(toRight)))
      w.add(count, isRight)
      w.store(cell, loadF64(cell, own.left).plus(loadF64(at8, own.nodeWeights)), own.left)
      w.add(at4, 4)
      w.add(at8, 8)
    }
    w.if(
      missingLeft,
      () => w.count(i, 0, n, () => addRow(loadF64(at8, own.nodeCells).isAbove(threshold))),
      () => w.count(i, 0, n, () => addRow(loadF64(at8, own.nodeCells).isAtMost(threshold).isZero())),
    )
    const weight = w.local(float(0))
    const a = w.local(float(0))
    const b = w.local(float(0))
    w.count(i, 1, classCount.plus(1), () => {
      const c = w.local(loadF64(thread.at8(i), own.left))
      const r = w.local(loadF64(thread.at8(i), own.right))
      w.add(weight, c)
      w.add(a, measure.ofWeight(c))
      w.add(b, measure.ofWeight(r))
    })
    const right = w.local(thread.float('weight').minus(weight))
    const score = w.local(measure.scoreOfSums(a, b, weight, right))
    raiseAtThreshold(w, thread, shape, score, weight, right, n.minus(count), n)
  }

  return {
    load,
    leftSums,
    scoreThreshold,
    cellBytes: (w, thread) => w.local(thread.int('classCount').shiftLeft(3)),
    // As floats: the product can be above 2^31.
    histogramPays: (thread, n, range) => {
      const cells = range.asF64().times(thread.int('classCount').asF64())
      return cells.isAtMost(n.asF64().times(3))
    },
    addToCell(w, thread, cell, i) {
      // Places are multiples of 8 from 8.
      const at = w.local(cell.plus(loadI32(thread.at4(i), own.nodeTargets)))
      const from = own.histogram - 8
      w.store(at, loadF64(at, from).plus(loadF64(thread.at8(i), own.nodeWeights)), from)
    },
    decrease: (thread, score) => score.minus(measure.wholeScore(thread.float('total'), thread.float('weight'))),
  }
}
