import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { blockOf, treeModels } from '../../../test/support/tree-models.ts'
import { NotExplainable } from '../../learning/errors.ts'
import { ImportedExplainer } from '../../learning/imported-trees/explain-imported.ts'
import { FittedImportedClassifier } from '../../learning/imported-trees/imported-trees-classifier.ts'
import {
  FittedImportedRegressor,
  ImportedTreesRegressor,
} from '../../learning/imported-trees/imported-trees-regressor.ts'
import { RowScorer } from '../../learning/imported-trees/score-rows.ts'
import type { ImportedOutput } from './imported-trees.ts'
import { readTreeModel } from './read-trees.ts'

const MODELS = treeModels()
const url = new URL('../../../test/golden/models/tree-contributions.json.gz', import.meta.url)
const { cases } = JSON.parse(gunzipSync(readFileSync(url)).toString()) as {
  cases: Record<string, { rows: number[]; contributions?: number[][]; refused?: string }>
}

/** Of its own arithmetic: XGBoost's is float32. */
const toleranceOf = (isFloat32: boolean): number => (isFloat32 ? 2e-5 : 1e-11)

t.test('contributions are those of the framework', (t) => {
  let compared = 0
  for (const model of MODELS) {
    const wanted = cases[model.place]
    if (wanted?.contributions === undefined) continue
    compared += 1
    const { outputs, features, framework } = readTreeModel(model.bytes, model.format)
    const x = blockOf({ ...model, rows: wanted.rows.map((i) => model.rows[i]!) }, { features })
    const found = wanted.rows.map((): number[] => [])
    for (const { scores } of outputs) {
      // What frameworks add up is not divided, nor multiplied, yet.
      const explainer = new ImportedExplainer({ ...scores, slope: 1, divisor: 1 })
      const asked = scores.baseline.map((_, k) => k)
      const { bases, contributions } = explainer.explain(x, [...asked])
      found.forEach((row, i) => {
        for (const k of asked) {
          const at = (i * asked.length + k) * features.length
          row.push(...contributions.subarray(at, at + features.length), bases[k]!)
        }
      })
    }
    const tolerance = toleranceOf(framework === 'xgboost')
    const largest = Math.max(...wanted.contributions.flat().map(Math.abs), 1)
    let farthest = 0
    wanted.contributions.forEach((row, i) => {
      if (row.length !== found[i]!.length) t.equal(found[i]!.length, row.length, model.name)
      row.forEach((value, k) => {
        farthest = Math.max(farthest, Math.abs(value - found[i]![k]!) / largest)
      })
    })
    t.ok(farthest <= tolerance, `${model.name}: ${farthest}`)
  }
  t.ok(compared >= 100, `${compared} models`)
  t.end()
})

t.test('base and contributions add up to the sums before the link, of every model that can be explained', (t) => {
  const refused: string[] = []
  for (const model of MODELS) {
    const trees = readTreeModel(model.bytes, model.format)
    const x = blockOf(model, trees)
    for (const { scores } of trees.outputs) {
      try {
        const { bases, contributions } = new ImportedExplainer(scores).explain(
          x,
          Array.from(scores.baseline, (_, k) => k),
        )
        const wanted = new RowScorer(scores).score(x)
        const farthest = wanted.reduce((most, raw, k) => {
          const own = contributions.subarray(k * scores.columnCount, (k + 1) * scores.columnCount)
          const total = own.reduce((sum, value) => sum + value, bases[k % bases.length]!)
          const said = (raw * scores.slope) / scores.divisor
          return Math.max(most, Math.abs(total - said) / Math.max(1, Math.abs(said)))
        }, 0)
        t.ok(farthest <= toleranceOf(scores.isFloat32), `${model.name}: ${farthest}`)
      } catch (error) {
        if (!(error instanceof NotExplainable)) throw error
        refused.push(`${model.name}: ${error.message}`)
      }
    }
  }
  t.same(
    refused.filter((words) => !/its leaves are lines/.test(words)).map((words) => words.replace(/:.*/, '')),
    [
      'xgb2_multi_output_tree',
      'xgb2_multi_output_tree',
      'xgb2_multi_output_tree_ubjson',
      'xgb2_multi_output_tree_ubjson',
    ],
    'files with several values a leaf do not tell the rows of each',
  )
  t.ok(refused.length >= 7)
  t.end()
})

t.test('a class and a number are explained by the link that leads to their answer', (t) => {
  const by = new Map<string, string>()
  for (const model of MODELS) {
    const trees = readTreeModel(model.bytes, model.format)
    for (const output of trees.outputs) {
      const fitted = fittedOf(output)
      const x = blockOf({ ...model, rows: model.rows.slice(0, 5) }, trees)
      try {
        const { explainedAs, link, classCodes, bases, contributions } = fitted.explain(x, {})
        by.set(output.scores.link, `${output.kind} ${explainedAs} ${link}`)
        const lines = classCodes.length
        const totals = Float64Array.from({ length: x.rowCount * lines }, (_, k) => {
          const own = contributions.subarray(k * fitted.columnCount, (k + 1) * fitted.columnCount)
          return own.reduce((sum, value) => sum + value, bases[k % lines]!)
        })
        const said = fitted.kind === 'classifier' ? fitted.predictProbabilities(x) : fitted.predict(x)
        const farthest = said.reduce((most, value, k) => {
          const row = totals.subarray(k - (k % lines), k - (k % lines) + lines)
          return Math.max(most, Math.abs(answerOf(link, totals[k]!, row) - value) / Math.max(1, Math.abs(value)))
        }, 0)
        t.ok(farthest <= (output.scores.isFloat32 ? 1e-4 : 1e-10), `${model.name}: ${link} ${farthest}`)
      } catch (error) {
        if (!(error instanceof NotExplainable)) throw error
        by.set(output.scores.link, error.message)
      }
    }
  }
  t.match(Object.fromEntries(by), {
    sigmoid: /log_odds logit$|transformed_value logit$/,
    softmax: 'classifier score softmax',
    sigmoid_each: /log_odds logit$|transformed_value logit$/,
    exp: 'regressor transformed_value log',
    signed_square: 'regressor transformed_value signed_sqrt',
    log1p_exp: 'regressor transformed_value log_expm1',
    step: /no function of one sum: the sum of the trees is cut to 0 or 1/,
  })
  t.end()
})

t.test('what a file does not tell is said', (t) => {
  const model = MODELS.find(({ name }) => name === 'lgb_regression_l1')!
  const text = Buffer.from(model.bytes).toString()
  const explain = (changed: string) => {
    // The file tells how long its trees are.
    const trees = readTreeModel(Buffer.from(changed.replace(/^tree_sizes=.*\n/m, '')), 'lightgbm')
    new ImportedExplainer(trees.outputs[0]!.scores).explain(blockOf(model, trees), [0])
  }
  t.doesNotThrow(() => explain(text))
  t.throws(() => explain(text.replace(/^leaf_count=.*\n/gm, '')), /does not tell the training rows of each leaf/)
  t.throws(() => explain(text.replace(/^leaf_count=\d+/m, 'leaf_count=0')), /a leaf to which no training row went/)
  const { outputs, features } = readTreeModel(model.bytes, 'lightgbm')
  const x = blockOf(model, { features })
  const { covers, ...earlier } = outputs[0]!.scores.trees
  const state = new FittedImportedRegressor(outputs[0]!.scores).toState()
  const restored = new ImportedTreesRegressor().restore(state)
  t.same(restored.explain(x, {}), fittedOf(outputs[0]!).explain(x, {}))
  const withoutCovers = new ImportedTreesRegressor().restore({ ...state, trees: { ...earlier, lines: null } })
  t.throws(() => withoutCovers.explain(x, {}), NotExplainable)
  for (const wrong of [covers!.subarray(1), covers!.map(() => Number.NaN), [...covers!]]) {
    const damaged = { ...state, trees: { ...earlier, lines: null, covers: wrong } }
    t.throws(() => new ImportedTreesRegressor().restore(damaged), /covers/)
  }
  t.throws(() => explain(text.replace(/^leaf_count=\d+/m, 'leaf_count=-1')), /leaf_count: expected whole numbers/)
  t.end()
})

function fittedOf({ kind, scores }: ImportedOutput): FittedImportedClassifier | FittedImportedRegressor {
  return kind === 'classifier' ? new FittedImportedClassifier(scores) : new FittedImportedRegressor(scores)
}

function answerOf(link: string, total: number, row: Float64Array): number {
  if (link === 'logit') return 1 / (1 + Math.exp(-total))
  if (link === 'log') return Math.exp(total)
  if (link === 'signed_sqrt') return Math.sign(total) * total * total
  if (link === 'log_expm1') return Math.log1p(Math.exp(total))
  if (link === 'softmax') return 1 / row.reduce((sum, other) => sum + Math.exp(other - total), 0)
  return total
}
