// What calibration does for naive Bayes: log loss, Brier score and accuracy of held-out rows, without it and with each
// method, on the tables of examples/data. Each figure is the mean of five splits with 30 % held out.
import { readFileSync } from 'node:fs'
import { holdOut } from '../../src/intake/hold-out.ts'
import { readTraining } from '../../src/intake/read-training.ts'
import { brierScore } from '../../src/learning/metrics/brier-score.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { decodeArtifact } from '../../src/model/artifact.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { Model } from '../../src/model/model.ts'
import { asCategorical, takeRows } from '../../src/model/table.ts'
import { train } from '../../src/trainer/train.ts'
import CategoricalNaiveBayes from '../../statistical/categorical_naive_bayes.ts'
import GaussianNaiveBayes from '../../statistical/gaussian_naive_bayes.ts'

const TABLES: readonly (readonly [name: string, label: string, model: Model])[] = [
  ['breast_cancer', 'diagnosis', new GaussianNaiveBayes()],
  ['wine', 'cultivar', new GaussianNaiveBayes()],
  ['digits', 'digit', new GaussianNaiveBayes()],
  ['letter', 'lettr', new GaussianNaiveBayes()],
  ['house_votes', 'Class', new CategoricalNaiveBayes()],
]
const SEEDS = [0, 1, 2, 3, 4]
const METHODS = [undefined, 'sigmoid', 'isotonic'] as const

const team = new ThreadTeam(1)
console.log('| table | model class | calibration | log loss | Brier score | accuracy |\n|---|---|---|--:|--:|--:|')
for (const [name, label, model] of TABLES) {
  const bytes = readFileSync(new URL(`../../examples/data/${name}.csv`, import.meta.url))
  for (const calibration of METHODS) {
    const sums = [0, 0, 0]
    for (const splitSeed of SEEDS) {
      const query = { labelNames: [label], parameters: undefined, validationSplit: 0.3, splitSeed, calibration }
      const head = { modelName: model.name, runId: 0, form: 'csv', query, faults: new FaultList() } as const
      const { work } = await readTraining(head, bytes, async () => model)
      const { artifact, metrics } = await train(model, work, { team, tell: () => {} })
      const rows = holdOut(work, 'classifier')?.validation ?? new Int32Array()
      const { probabilities } = await decodeArtifact(artifact, model).predict(takeRows(work.features, rows))
      const { codes, levels } = asCategorical(takeRows(work.labels, rows).columns[0] as never)
      const brier = brierScore(codes, probabilities[0]?.values ?? new Float64Array(), levels.length)
      const figures = [metrics['validation_log_loss'], brier, metrics['validation_accuracy']]
      figures.forEach((figure, k) => {
        sums[k] = (sums[k] as number) + (figure as number) / SEEDS.length
      })
    }
    const cells = sums.map((sum) => sum.toFixed(4)).join(' | ')
    console.log(`| ${name} | ${model.name} | ${calibration ?? 'none'} | ${cells} |`)
  }
}
