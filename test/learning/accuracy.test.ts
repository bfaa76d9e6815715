// Ours against scikit-learn's held-out scores on the same rows. The full sizes are in bench/learning (--accuracy).
import { readFileSync } from 'node:fs'
import t from 'tap'
import { estimators } from '../../src/learning/estimators.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { type DatasetName, readDataset } from '../support/datasets.ts'
import { type AccuracyEntry, allowedDifference, heldOutScore } from '../support/held-out-score.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/accuracy.json', import.meta.url), 'utf8')) as {
  scikit_learn: string
  test_share: number
  entries: readonly AccuracyEntry[]
}

t.setTimeout(240_000)

t.test(`held-out scores equal those of scikit-learn ${golden.scikit_learn}`, async (t) => {
  const team = new ThreadTeam(2)
  for (const entry of golden.entries.filter((entry) => !entry.only_in_bench)) {
    const Estimator = estimators[entry.estimator]
    if (Estimator === undefined) throw new Error(`no estimator is named ${entry.estimator}`)
    const dataset = readDataset(entry.dataset as DatasetName)
    let sum = 0
    for (const seed of entry.seeds) {
      sum += await heldOutScore(new Estimator(entry.parameters), dataset, seed, golden.test_share, team)
    }
    const mean = sum / entry.seeds.length
    const what = `${entry.estimator} on ${entry.dataset}: ${mean.toFixed(4)}, scikit-learn ${entry.mean.toFixed(4)}`
    t.ok(Math.abs(mean - entry.mean) <= allowedDifference(entry), `${what} ± ${allowedDifference(entry).toFixed(4)}`)
  }
  await team.close()
})
