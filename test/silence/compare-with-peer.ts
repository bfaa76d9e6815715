// Where a method has one answer, ours is held to scikit-learn's on the same encoded columns.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fitContext } from '../../src/learning/fit-context.ts'
import { toDense } from '../../src/learning/matrix.ts'
import type { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { Random } from '../../src/learning/random.ts'
import { toFrame } from '../../src/model/frame.ts'
import { cellsOf } from '../../src/model/table.ts'
import type { DiscoveredModel } from '../../src/registry/discover.ts'
import { randomTable, TABLE_KINDS, type TableKind } from './random-table.ts'

const PEER = fileURLToPath(new URL('./peer.py', import.meta.url))
/** Methods with one answer, with parameters that leave no room, and how far ours may lie from it, of the label's spread. */
const EXACT: {
  readonly [model: string]: { readonly parameters: Record<string, unknown>; readonly tolerance: number }
} = {
  linear_regression: { parameters: {}, tolerance: 1e-6 },
  ridge_regression: { parameters: {}, tolerance: 1e-6 },
  lasso_regression: { parameters: { alpha: 0.01, tol: 1e-10, max_iter: 100_000 }, tolerance: 1e-3 },
  logistic_regression: { parameters: { tol: 1e-8, max_iter: 10_000 }, tolerance: 1e-3 },
  gaussian_naive_bayes: { parameters: {}, tolerance: 1e-6 },
}
/** Squares of other tables overflow or vanish in scikit-learn, and it takes no missing values. */
const COMPARABLE: readonly TableKind[] = ['plain', 'wide', 'dependent', 'many-level', 'tied', 'few rows']

export interface Comparison {
  readonly tables: number
  readonly seed: number
  readonly models: readonly DiscoveredModel[]
  readonly team: ThreadTeam
}

interface Case {
  readonly table: number
  readonly model: string
  readonly parameters: Record<string, unknown>
  readonly columns: readonly (readonly number[])[]
  readonly labels: readonly (string | number)[]
  readonly answer: readonly number[]
}

/** Prints every difference and gives their number; says so when there is no Python with scikit-learn (PYTHON). */
export async function compareWithPeer({ tables, seed, models, team }: Comparison): Promise<number> {
  const python = process.env['PYTHON'] ?? 'python3'
  const probe = spawnSync(python, [PEER, 'versions'], { encoding: 'utf8' })
  if (probe.status !== 0) {
    process.stdout.write(
      `not compared with scikit-learn: ${probe.error?.message ?? probe.stderr.trim().split('\n').at(-1)}\n`,
    )
    return 0
  }
  const cases: Case[] = []
  for (let i = 0; i < tables; i++) {
    const kind = TABLE_KINDS[i % TABLE_KINDS.length] as TableKind
    if (!COMPARABLE.includes(kind)) continue
    const table = randomTable(kind, new Random(seed, i))
    for (const found of models) {
      const exact = EXACT[found.model.name]
      if (exact !== undefined) cases.push(...(await caseOf(i, found, exact.parameters, table, team)))
    }
  }
  const { status, stdout, stderr } = spawnSync(python, [PEER, 'compare'], {
    input: cases.map((one) => JSON.stringify(one)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`the comparison failed: ${stderr.slice(-2000)}`)
  let found = 0
  const differences = stdout.trim().split('\n').filter(Boolean)
  differences.forEach((line, i) => {
    const { table, model } = cases[i] as Case
    const { difference, note } = JSON.parse(line) as { difference: number | null; note: string }
    if (difference === null || difference <= (EXACT[model]?.tolerance as number)) return
    found += 1
    process.stdout.write(
      `FOUND table ${table}, ${model}: ${difference} of the spread from scikit-learn's answer ${note}\n`,
    )
  })
  process.stdout.write(`${cases.length} fits compared with scikit-learn ${probe.stdout.trim()}: ${found} differ\n`)
  return found
}

/** None where ours refuses the rows: that is the other search's to judge. */
async function caseOf(
  table: number,
  { model, type }: DiscoveredModel,
  parameters: Record<string, unknown>,
  { features, classes, numbers }: ReturnType<typeof randomTable>,
  team: ThreadTeam,
): Promise<Case[]> {
  const labels = type === 'regressor' ? numbers : classes
  const pipeline = model.create_pipeline({ ...model.get_default_parameters(), ...parameters })
  try {
    const fitted = await pipeline.fit(features, labels, fitContext({ team }))
    // It was fitted on other columns than later rows have: those that other rows say. Golden values hold the encoding.
    if (fitted.steps.some(({ type: step }) => step === 'target_encode')) return []
    const predictions = await fitted.predict(features, { team })
    const [label] = labels.columns
    const [answered] = predictions.labels.columns
    // One-hot columns of many levels are sparse.
    const columns = toDense(fitted.encode(toFrame(features))).columns.map((column) => [...column])
    const answer =
      answered?.kind === 'numeric' ? [...answered.values] : [...(predictions.probabilities[0]?.values ?? [])]
    const given = label === undefined ? [] : [...cellsOf(label)]
    return [{ table, model: model.name, parameters, columns, labels: given, answer }]
  } catch {
    return []
  }
}
