// What the demonstration gives each kind of model to learn from a data set, and how it scores what comes back.
import { type Row, readCsv } from './csv.ts'

/** A data set, the column to learn for classifiers, and a numeric one for regressors. */
export const DATA_SETS = [
  { name: 'iris', label: 'species', number: 'petal_width' },
  { name: 'wine', label: 'cultivar', number: 'alcohol' },
  { name: 'breast_cancer', label: 'diagnosis', number: 'mean_radius' },
] as const
export type DataSet = (typeof DATA_SETS)[number]

export interface Lesson {
  readonly parameters: Record<string, unknown>
  readonly train: { readonly features: Row[]; readonly labels: Row[] }
  readonly test: { readonly features: Row[]; readonly labels: Row[] }
  /** What the score of the held-out rows is called, and how it is computed. */
  readonly scoreName: string
  score(predictions: readonly Row[]): number
}

/** Every fifth row is held out. */
export async function prepareLesson(dataSet: DataSet, model: { name: string; type: string }): Promise<Lesson> {
  const rows = await readCsv(new URL(`../data/${dataSet.name}.csv`, import.meta.url))
  const target = model.type === 'regressor' ? dataSet.number : dataSet.label
  const labelsOf = (part: Row[]): Row[] => part.map((row) => ({ [target]: row[target] ?? null }))
  // A regressor is not shown the classes, and nobody is shown the answer.
  const withoutAnswers = rows.map(({ [dataSet.label]: _, [target]: __, ...features }) => features)
  const features = model.name === 'categorical_naive_bayes' ? inThirds(withoutAnswers) : withoutAnswers
  const isHeldOut = (_: unknown, i: number): boolean => i % 5 === 4
  const isTrained = (_: unknown, i: number): boolean => i % 5 !== 4
  const truth = labelsOf(rows.filter(isHeldOut)).map((row) => row[target] ?? null)
  const takesLabels = model.type === 'classifier' || model.type === 'regressor'
  const classCount = new Set(rows.map((row) => row[dataSet.label])).size
  return {
    parameters: parametersOf(model.name, classCount),
    train: { features: features.filter(isTrained), labels: takesLabels ? labelsOf(rows.filter(isTrained)) : [] },
    test: { features: features.filter(isHeldOut), labels: labelsOf(rows.filter(isHeldOut)) },
    ...scoring(model.type, target, truth),
  }
}

function parametersOf(modelName: string, classCount: number): Record<string, unknown> {
  if (modelName === 'k_means') return { n_clusters: classCount }
  return modelName.startsWith('auto_') ? { time_budget_seconds: 3 } : {}
}

function scoring(type: string, target: string, truth: (string | number | null)[]): Pick<Lesson, 'scoreName' | 'score'> {
  switch (type) {
    case 'classifier':
      return { scoreName: 'accuracy', score: (rows) => share(rows, (row, i) => row[target] === truth[i]) }
    case 'regressor':
      return {
        scoreName: 'r2',
        score: (rows) =>
          r2(
            truth as number[],
            rows.map((row) => row[target] as number),
          ),
      }
    case 'clusterer':
      return {
        scoreName: 'purity',
        score: (rows) =>
          purity(
            truth,
            rows.map((row) => row['cluster'] as number),
          ),
      }
    default:
      return { scoreName: 'anomalies', score: (rows) => share(rows, (row) => Boolean(row['is_anomaly'])) }
  }
}

function share(rows: readonly Row[], holds: (row: Row, i: number) => boolean): number {
  return rows.filter(holds).length / rows.length
}

function r2(truth: readonly number[], predicted: readonly number[]): number {
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length
  const sumOf = (error: (i: number) => number): number => truth.reduce((sum, _, i) => sum + error(i) ** 2, 0)
  return 1 - sumOf((i) => (truth[i] as number) - (predicted[i] as number)) / sumOf((i) => (truth[i] as number) - mean)
}

/** The share of rows whose class is the most frequent one of their cluster. */
function purity(truth: readonly unknown[], clusters: readonly number[]): number {
  const counts = new Map<string, number>()
  const best = new Map<number, number>()
  clusters.forEach((cluster, i) => {
    const key = `${cluster} ${truth[i]}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    best.set(cluster, Math.max(best.get(cluster) ?? 0, count))
  })
  return [...best.values()].reduce((sum, count) => sum + count, 0) / truth.length
}

/** Each number as the third of its column that it lies in, for a model that learns from categories. */
function inThirds(rows: readonly Row[]): Row[] {
  const names = Object.keys(rows[0] as Row)
  const bounds = new Map(
    names.map((name) => {
      const sorted = rows.map((row) => row[name] as number).sort((a, b) => a - b)
      return [name, [sorted[Math.floor(sorted.length / 3)], sorted[Math.floor((2 * sorted.length) / 3)]] as number[]]
    }),
  )
  const third = (name: string, value: number): string => {
    const [low, high] = bounds.get(name) as [number, number]
    return value < low ? 'low' : value < high ? 'middle' : 'high'
  }
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, third(name, row[name] as number)])))
}
