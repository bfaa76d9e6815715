// The engine as a library, without service or database: a forest learns the species of irises, is scored on rows that it
// has not seen, is written down and read back. Run it by: npx node examples/library/iris.ts
import { readFile } from 'node:fs/promises'
import {
  classificationMetrics,
  firstMaxima,
  fitContext,
  numericMatrix,
  RandomForestClassifier,
  stratifiedSplit,
  ThreadTeam,
  toRowBlock,
} from 'ml-worker/learning'

const [, ...lines] = (await readFile(new URL('../data/iris.csv', import.meta.url), 'utf8')).trim().split(/\r?\n/)
const cells = lines.map((line) => line.split(','))
const labels = cells.map((row) => row[4] as string)
const classNames = [...new Set(labels)].sort()
const codes = Int32Array.from(labels, (label) => classNames.indexOf(label))

/** The four measurements of the rows with these indices, in columns. */
function measurementsOf(rows: Int32Array) {
  return numericMatrix([0, 1, 2, 3].map((column) => Float64Array.from(rows, (row) => Number(cells[row]?.[column]))))
}

const { training, validation } = stratifiedSplit(labels.length, 0.3, 1, { codes, classNames })
const team = new ThreadTeam(2)
const forest = new RandomForestClassifier({ n_estimators: 50 })
const fitted = await forest.fit(
  measurementsOf(training),
  { codes: training.map((row) => codes[row] as number), classNames },
  fitContext({ team, seed: 1 }),
)
await team.close()

const rows = toRowBlock(measurementsOf(validation))
const probabilities = fitted.predictProbabilities(rows)
const metrics = classificationMetrics({
  trueCodes: validation.map((row) => codes[row] as number),
  predictedCodes: firstMaxima(probabilities, classNames.length, new Int32Array(rows.rowCount)),
  probabilities,
  classNames,
})
for (const name of ['accuracy', 'f1_macro', 'log_loss', 'roc_auc']) {
  console.log(`${name} ${metrics.get(name)?.toFixed(3)}`)
}

// The state is plain data: typed arrays, numbers and texts, for any format that keeps those.
const restored = forest.restore(structuredClone(fitted.toState()))
const isSame = restored.predictProbabilities(rows).every((value, i) => value === probabilities[i])
console.log(isSame ? 'the restored forest predicts the same' : 'the restored forest predicts otherwise')
