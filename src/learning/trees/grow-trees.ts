// Grows the trees of a forest in all threads of a team: each takes the next tree until none is left.
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { sharedInt32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TeamMember } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { AbsoluteGrower } from './absolute-error/absolute-grower.ts'
import { type BootstrapRules, drawSample } from './bootstrap.ts'
import { type CompactTree, compactTree } from './compact-tree.ts'
import type { GrownTree } from './grown-tree.ts'
import { treeImportances } from './importances.ts'
import { KernelGrower } from './kernel/kernel-grower.ts'
import { pruneTree } from './prune.ts'
import type { TreeProblem } from './tree-problem.ts'

export interface GrowInput {
  readonly problem: TreeProblem
  readonly bootstrap: BootstrapRules
  readonly treeCount: number
  readonly seed: number
  /** Int32 in shared memory: the next tree to grow, and the trees that are done. */
  readonly counters: Int32Array
  /** A bit per tree and row, that of a tree starting at a byte: set where the row is in the sample. Or empty. */
  readonly inBag: Uint8Array
}

const NEXT = 0
const DONE = 1
/** A turn for the event loop, and a look at the stop flag, after so long. */
const TURN_AFTER_MS = 25
const REPORTS_MAX = 200

/**
 * Tree t is drawn from `new Random(seed, t)` alone, so that the trees are the same for any number of threads.
 * Memory: see planKernel and AbsoluteGrower. Throws FitStopped.
 */
export async function growTrees(
  problem: TreeProblem,
  bootstrap: BootstrapRules,
  treeCount: number,
  seed: number,
  inBag: Uint8Array,
  context: FitContext,
): Promise<CompactTree[]> {
  const counters = sharedInt32(2)
  const input: GrowInput = { problem, bootstrap, treeCount, seed, counters, inBag }
  let reported = 0
  const report = (done: number, isLast: boolean): void => {
    if (!isLast && done - reported < treeCount / REPORTS_MAX) return
    reported = done
    context.report(done, treeCount, treeCount === 1 ? 'growing the tree' : 'growing trees')
  }
  report(0, true)
  // The caller's own thread has this function, which reports; the others find growShare by its name.
  const own = (_: GrowInput, member: TeamMember) => growInTurns(input, member, report)
  const place = { module: import.meta.url, exportName: 'growShare' }
  const threadCount = Math.min(context.team.threadCount, treeCount)
  const shares = await context.team.run(own, place, input, context.stop, threadCount)
  report(treeCount, true)
  const trees: CompactTree[] = new Array(treeCount)
  for (const share of shares) for (const [t, tree] of share) trees[t] = tree
  return trees
}

interface Grower {
  readonly tree: GrownTree
  readonly rowWeights: Float64Array
  grow(random: Random): Generator<void, void>
}

export function newGrower(problem: TreeProblem, threadIndex: number, stop: StopFlag): Grower {
  const { engine, target } = problem
  if ('module' in engine) return new KernelGrower(engine, threadIndex)
  if (target.kind === 'classes') throw new TypeError('classes are grown by a kernel')
  return new AbsoluteGrower(problem, target, engine, stop)
}

type Share = [number, CompactTree][]

/** What a worker thread runs: nobody talks to it, so it takes no turns. */
export function growShare(input: GrowInput, { index, stop }: TeamMember): Share {
  const share: Share = []
  const grower = newGrower(input.problem, index, stop)
  for (let t = takeTree(input); t < input.treeCount; t = takeTree(input)) {
    const random = new Random(input.seed, t)
    sampleRows(input, t, random, grower)
    for (const _ of grower.grow(random)) stop.throwIfSet()
    stop.throwIfSet()
    share.push([t, finishTree(input, grower)])
  }
  return share
}

async function growInTurns(
  input: GrowInput,
  { index, stop }: TeamMember,
  report: (done: number, isLast: boolean) => void,
): Promise<Share> {
  const share: Share = []
  const grower = newGrower(input.problem, index, stop)
  let turned = performance.now()
  for (let t = takeTree(input); t < input.treeCount; t = takeTree(input)) {
    const random = new Random(input.seed, t)
    sampleRows(input, t, random, grower)
    for (const _ of grower.grow(random)) turned = await turnIfDue(turned, stop)
    share.push([t, finishTree(input, grower)])
    report(Atomics.load(input.counters, DONE), false)
    turned = await turnIfDue(turned, stop)
  }
  return share
}

async function turnIfDue(turned: number, stop: StopFlag): Promise<number> {
  stop.throwIfSet()
  if (performance.now() - turned < TURN_AFTER_MS) return turned
  await turn()
  return performance.now()
}

function takeTree({ counters }: GrowInput): number {
  return Atomics.add(counters, NEXT, 1)
}

function sampleRows({ problem, bootstrap, inBag }: GrowInput, t: number, random: Random, grower: Grower): void {
  const { target } = problem
  const classes = target.kind === 'classes' ? target.codes : null
  const classCount = target.kind === 'classes' ? target.classCount : 0
  const { rowWeights } = grower
  drawSample(bootstrap, classes, classCount, random, rowWeights)
  if (inBag.length === 0) return
  const base = t * bytesPerTree(rowWeights.length)
  for (let row = 0; row < rowWeights.length; row++) {
    if (rowWeights[row]! > 0) inBag[base + (row >>> 3)]! |= 1 << (row & 7)
  }
}

export function bytesPerTree(rowCount: number): number {
  return (rowCount + 7) >>> 3
}

function finishTree({ problem, counters }: GrowInput, { tree }: Grower): CompactTree {
  const { target, columnCount, categoryCounts, rules } = problem
  pruneTree(tree, rules.ccpAlpha)
  const importances = treeImportances(tree, columnCount)
  const classCount = target.kind === 'classes' ? target.classCount : 0
  const scale = target.kind === 'numbers' ? target.scale : 1
  const isPreOrder = rules.leafCountMax === Infinity && rules.ccpAlpha === 0
  const compact = compactTree(tree, isPreOrder, importances, categoryCounts, classCount, scale)
  Atomics.add(counters, DONE, 1)
  return compact
}
