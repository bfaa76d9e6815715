// Held-out scores beside scikit-learn's on the same splits, in full size, and the errors of Breiman's forests.
import { readFileSync } from 'node:fs'
import { estimators } from '../../src/learning/estimators.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { type DatasetName, readDataset } from '../../test/support/datasets.ts'
import { type AccuracyEntry, allowedDifference, heldOutScore } from '../../test/support/held-out-score.ts'

export interface AccuracyScore {
  readonly estimator: string
  readonly dataset: string
  readonly mean: number
  readonly theirs: number
  readonly allowed: number
  readonly seconds: number
}

interface Golden {
  readonly scikit_learn: string
  readonly test_share: number
  readonly entries: readonly AccuracyEntry[]
  /** Forests of 100 trees with a tenth held out, as Breiman 2001 ("Random forests", table 2) measured. */
  readonly breiman: readonly (AccuracyEntry & { readonly test_share: number; readonly published_error: number })[]
}

/** Prints both tables and returns the figures of the first. */
export async function compareAccuracy(only?: readonly string[]): Promise<readonly AccuracyScore[]> {
  const url = new URL('../../test/golden/accuracy.json', import.meta.url)
  const golden = JSON.parse(readFileSync(url, 'utf8')) as Golden
  const isWanted = ({ estimator }: AccuracyEntry): boolean =>
    (only?.includes(estimator) ?? true) && estimators[estimator] !== undefined
  const team = new ThreadTeam(2)
  const scores: AccuracyScore[] = []
  console.log(`\nMean accuracy or R² on ${golden.test_share * 100} % held out; scikit-learn ${golden.scikit_learn}.\n`)
  console.log('| estimator | data | parameters | splits | ours | scikit-learn | difference | allowed | |')
  console.log('| --- | --- | --- | --: | --: | --: | --: | --: | --- |')
  for (const entry of golden.entries.filter(isWanted)) {
    const { mean, seconds } = await meanScore(entry, golden.test_share, team)
    const [difference, allowed] = [mean - entry.mean, allowedDifference(entry)]
    const verdict = Math.abs(difference) <= allowed ? 'holds' : '**outside**'
    const figures = [mean, entry.mean, difference, allowed].map((value) => value.toFixed(4)).join(' | ')
    const parameters = Object.entries(entry.parameters).map(([name, value]) => `${name}=${value}`)
    console.log(
      `| ${entry.estimator} | ${entry.dataset} | ${parameters.join(', ')} | ${entry.seeds.length} | ${figures} | ${verdict} |`,
    )
    scores.push({ estimator: entry.estimator, dataset: entry.dataset, mean, theirs: entry.mean, allowed, seconds })
  }
  console.log('\nTest error in % of 100 trees, a tenth held out, beside Breiman 2001, table 2.\n')
  console.log('| data | splits | ours | scikit-learn | Breiman |')
  console.log('| --- | --: | --: | --: | --: |')
  for (const entry of golden.breiman.filter(isWanted)) {
    const { mean } = await meanScore(entry, entry.test_share, team)
    const [ours, theirs] = [mean, entry.mean].map((score) => (100 * (1 - score)).toFixed(2))
    console.log(`| ${entry.dataset} | ${entry.seeds.length} | ${ours} | ${theirs} | ${entry.published_error} |`)
  }
  await team.close()
  return scores
}

async function meanScore(entry: AccuracyEntry, testShare: number, team: ThreadTeam) {
  const Estimator = estimators[entry.estimator] as NonNullable<(typeof estimators)[string]>
  const dataset = readDataset(entry.dataset as DatasetName)
  const start = performance.now()
  let sum = 0
  for (const seed of entry.seeds) {
    sum += await heldOutScore(new Estimator(entry.parameters), dataset, seed, testShare, team)
  }
  return { mean: sum / entry.seeds.length, seconds: (performance.now() - start) / 1000 }
}
