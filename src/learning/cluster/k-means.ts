// k-means: the centres that rows lie nearest to.
import { DataError, ParameterError } from '../errors.ts'
import type { Clusterer, EstimatorState, FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { type Matrix, requireDense } from '../matrix.ts'
import {
  choice,
  flag,
  integer,
  listOf,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
} from '../parameters.ts'
import { Random } from '../random.ts'
import { scanColumn } from '../wasm/column-scan.ts'
import { FittedKMeans } from './fitted-k-means.ts'
import type { LloydState } from './lloyd-shared.ts'
import { newLloydState, restartLloyd } from './lloyd-state.ts'
import { DONE, IS_CONVERGED, ITERATIONS, PHASE, runLloyd } from './lloyd-task.ts'
import { packCentres } from './pack-vectors.ts'
import { powerOfTwoScale } from './scale.ts'
import { seedAtRandom, seedByKMeansPlusPlus } from './seed-centres.ts'

const parameters = {
  /** At most the number of rows that have weight. */
  n_clusters: parameter(8, integer({ min: 1 })),
  /** The first centres: by k-means++, rows at random, or these themselves (n_clusters lists, one value per column). */
  init: parameter<'k-means++' | 'random' | readonly (readonly number[])[]>(
    'k-means++',
    choice('k-means++', 'random'),
    listOf(listOf(real())),
  ),
  /** Runs from different first centres, of which the best is kept. "auto": 10 for "random", else 1. Given centres: 1. */
  n_init: parameter<'auto' | number>('auto', choice('auto'), integer({ min: 1 })),
  max_iter: parameter(300, integer({ min: 1 })),
  /** A run ends when the squares of the centres' steps sum to at most tol times the mean variance of the columns. */
  tol: parameter(1e-4, real({ min: 0 })),
  /** Taken for scikit-learn's sake: one method gives the answer of both. */
  algorithm: parameter<'lloyd' | 'elkan'>('lloyd', choice('lloyd', 'elkan')),
  random_state: randomState,
  /** Taken and ignored: progress goes to the fit's context. */
  verbose: parameter<number | boolean>(0, integer({ min: 0 }), flag),
}

/** Products of an iteration from which threads pay: one does these in less than a millisecond. */
const SPREAD_FROM = 1e7

/**
 * Lloyd's k-means as in scikit-learn's KMeans: from the same first centres the same centres, labels and inertia.
 * Rows of weight 0 count as absent. The variance in `tol` is weighted, so that integer weights are repeated rows.
 *
 * Distances in float32 find the nearest centre of nearly all rows; where their rounding could matter, exact ones decide.
 * Time O(iterations × rows × clusters × columns). Memory: one and a half copies of the rows, at most another for sums,
 * and 24 bytes a row, 32 with weights.
 * Throws ParameterError when there are fewer rows than clusters or when `init` has another shape; DataError for missing
 * values, no rows or no columns.
 */
export class KMeans implements Clusterer {
  static readonly parameters = parameters
  readonly kind = 'clusterer'
  readonly abilities = { missing: false, categories: false }
  private readonly given: ParameterValues<typeof parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(parameters, given)
  }

  async fit(x: Matrix, context: FitContext, sampleWeight?: Float64Array): Promise<FittedKMeans> {
    requireDense(x, 'k_means')
    const { n_clusters, init, n_init, max_iter, tol, random_state } = this.given
    const present = rowsWithWeight(x.rowCount, sampleWeight)
    this.check(x, present?.length ?? x.rowCount)
    const scans = x.columns.map((column) => scanColumn(column))
    if (scans.some(({ hasMissing }) => hasMissing)) throw new DataError('k_means takes no missing values')
    const scale = powerOfTwoScale(scans.reduce((largest, { min, max }) => Math.max(largest, -min, max), 0))
    const work = (present?.length ?? x.rowCount) * n_clusters * x.columns.length
    const threadCount = work >= SPREAD_FROM ? context.team.threadCount : 1
    const limits = { n_clusters, max_iter, tol }
    const state = newLloydState(x, present, sampleWeight, scale, scans, threadCount, limits)
    const runCount = typeof init !== 'string' ? 1 : n_init !== 'auto' ? n_init : init === 'random' ? 10 : 1
    const seed = random_state ?? context.seed
    let best: { fitted: FittedKMeans; scaledInertia: number; isConverged: boolean; emptyCount: number } | undefined
    for (let run = 0; run < runCount; run++) {
      const random = new Random(seed, run)
      restartLloyd(state)
      if (init === 'k-means++') await seedByKMeansPlusPlus(state, random, context)
      else if (init === 'random') seedAtRandom(state, random)
      else
        init.flat().forEach((value, k) => {
          state.centres[k] = value * scale
        })
      packCentres(state)
      await this.iterate(state, context, run, runCount, threadCount)
      // Unscaled it may overflow or vanish, and then all runs would be alike.
      const scaledInertia = state.chunkInertia.reduce((a, b) => a + b, 0)
      if (best === undefined || scaledInertia < best.scaledInertia) {
        const centres = Float64Array.from(state.centres, (value) => value / scale)
        const iterations = state.control[ITERATIONS] as number
        const fitted = new FittedKMeans(x.columns.length, centres, scaledInertia / scale / scale, iterations)
        const isConverged = state.control[IS_CONVERGED] === 1
        best = { fitted, scaledInertia, isConverged, emptyCount: n_clusters - new Set(state.labels).size }
      }
    }
    const { fitted, isConverged, emptyCount } = best as NonNullable<typeof best>
    if (!isConverged) {
      const message = `k-means stopped after max_iter, ${max_iter}, iterations, and centres still moved by more than tol`
      context.warn({ code: 'NOT_CONVERGED', message })
    }
    if (emptyCount > 0) {
      const message = `n_clusters is ${n_clusters}, but only ${n_clusters - emptyCount} clusters have rows: no more rows differ`
      context.warn({ code: 'PARAMETER_LOWERED', message })
    }
    return fitted
  }

  restore(state: EstimatorState): FittedKMeans {
    return FittedKMeans.restore(state)
  }

  private async iterate(
    state: LloydState,
    context: FitContext,
    run: number,
    runCount: number,
    threadCount: number,
  ): Promise<void> {
    const place = { module: new URL('./lloyd-task.ts', import.meta.url).href, exportName: 'runLloyd' }
    const of = runCount * state.iterationsMax
    const perReport = Math.max(1, Math.floor(of / 200))
    let reported = Number.NEGATIVE_INFINITY
    while (state.control[PHASE] !== DONE) {
      await context.team.run(runLloyd, place, state, context.stop, threadCount)
      const isDone = state.control[PHASE] === DONE
      const done = isDone
        ? (run + 1) * state.iterationsMax
        : run * state.iterationsMax + (state.control[ITERATIONS] as number)
      if (isDone || done - reported >= perReport) {
        context.report(done, of, 'iterations')
        reported = done
      }
      await turn()
    }
  }

  private check(x: Matrix, presentCount: number): void {
    const { n_clusters, init } = this.given
    const columnCount = x.columns.length
    if (columnCount === 0 || presentCount === 0) throw new DataError('k_means needs at least one row and one column')
    const faults = []
    if (n_clusters > presentCount) {
      faults.push({
        parameter: 'n_clusters',
        message: `expected at most the number of rows, ${presentCount}, got ${n_clusters}`,
      })
    }
    if (typeof init !== 'string' && (init.length !== n_clusters || init.some((row) => row.length !== columnCount))) {
      faults.push({ parameter: 'init', message: `expected ${n_clusters} centres of ${columnCount} values each` })
    }
    if (faults.length > 0) throw new ParameterError(faults)
  }
}

/** The indices of the rows that have weight; null when all have. */
function rowsWithWeight(rowCount: number, weights: Float64Array | undefined): Int32Array | null {
  if (weights === undefined || weights.every((weight) => weight > 0)) return null
  return Int32Array.from({ length: rowCount }, (_, i) => i).filter((i) => (weights[i] as number) > 0)
}
