// Writes models as ONNX, has ONNX Runtime score rows with them, and holds its answers to ours.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exp, log } from '../../../src/interop/onnx/elementary-functions.ts'
import { exportOnnx } from '../../../src/interop/onnx/export-onnx.ts'
import { GraphBuilder } from '../../../src/interop/onnx/graph-builder.ts'
import { modelBytes } from '../../../src/interop/onnx/model-bytes.ts'
import { Random } from '../../../src/learning/random.ts'
import type { FittedPipeline } from '../../../src/model/fitted-pipeline.ts'
import type { Column, Table } from '../../../src/model/table.ts'
import { readOnnxFile } from '../../support/onnx-file.ts'
import type { ExportCase } from './cases.ts'
import { askedRows } from './rows.ts'

const TIMEOUT_MS = 300_000
export const FACTS = { runId: 7, modelName: 'a model', artifactSha256: 'ab'.repeat(32), workerVersion: '1.0.0' }

export interface Compared {
  readonly name: string
  /** Outputs that are labels: how many are not ours. */
  readonly otherLabels: number
  /** The greatest distance of numbers from ours, in units in the last place; Infinity where one alone is NaN. */
  readonly ulps: number
  readonly rowCount: number
  readonly error?: string
}

interface Answer {
  readonly type: string
  readonly values: string | readonly unknown[]
}

/** python: an interpreter with onnx and onnxruntime. */
export async function compareWithRuntime(python: string, cases: readonly ExportCase[]): Promise<Compared[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-onnx-'))
  try {
    const asked: { name: string; rows: Table; ours: Map<string, unknown[] | Float64Array> }[] = []
    for (const [k, one] of cases.entries()) {
      const pipeline = await one.fit()
      const bytes = exportOnnx(pipeline, FACTS)
      const rows = askedRows(one.rows, one.asksThresholds ? thresholdsOf(bytes, pipeline) : new Map())
      await writeFile(join(folder, `${k}.onnx`), bytes)
      const batches = [1, rows.rowCount]
      await writeFile(join(folder, `${k}.json`), JSON.stringify({ inputs: inputsOf(bytes, rows), batches }))
      asked.push({ name: one.name, rows, ours: await oursOf(pipeline, rows) })
    }
    await promisify(execFile)(python, [join(import.meta.dirname, 'score_models.py'), folder], { timeout: TIMEOUT_MS })
    return await Promise.all(
      asked.map(async ({ name, rows, ours }, k): Promise<Compared> => {
        const { error, batches } = JSON.parse(await readFile(join(folder, `${k}.out.json`), 'utf8'))
        if (error !== undefined) return { name, otherLabels: 0, ulps: 0, rowCount: rows.rowCount, error }
        const compared = Object.entries(batches as Record<string, Record<string, Answer>>).map(([rowCount, outputs]) =>
          compare(ours, outputs, Number(rowCount) / rows.rowCount),
        )
        return {
          name,
          otherLabels: compared.reduce((sum, { otherLabels }) => sum + otherLabels, 0),
          ulps: Math.max(...compared.map(({ ulps }) => ulps)),
          rowCount: rows.rowCount,
        }
      }),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * Of exp and log in operators: how many of so many values are not those of Math.exp and Math.log. x up to 700, numbers of all
 * sizes, and those where the functions change their way.
 */
export async function compareFunctions(python: string): Promise<{ readonly exp: number; readonly log: number }> {
  const random = new Random(5)
  const special = [0, -0, 1, -1, 0.5, -0.5, 2 ** -28, -(2 ** -29), -745.1, -745.2, -1e9, -708.4, -709, 700, Number.NaN]
  const halves = [0.5, 1.5].flatMap((k) => [k * Math.LN2, -k * Math.LN2])
  const powers = [...special, ...halves, ...Array.from({ length: 4_000 }, (_, i) => powerFor(i, random.uniform()))]
  const near = [2 ** -20, 2 ** -21, Math.SQRT2 - 1, Math.SQRT1_2 - 1, 0.379, 0.42].flatMap((f) => [1 + f, 1 - f, 2 - f])
  const sizes = [1e-300, 1, 2, 4, 0.5, ...near, ...powers.map(Math.exp).filter((value) => value > 1e-300)]
  const count = Math.max(powers.length, sizes.length)
  const columns = [powers, sizes].map((values) => Float64Array.from({ length: count }, (_, i) => values[i] ?? 1))
  const g = new GraphBuilder()
  const [x, y] = [g.input('x', 'double', ['rows', 1]), g.input('y', 'double', ['rows', 1])]
  g.output('exp', exp(g, x), 'double', ['rows', 1])
  g.output('log', log(g, y), 'double', ['rows', 1])
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-onnx-'))
  try {
    const bytes = modelBytes({ graph: g.finish('functions'), version: 1, producerVersion: '1', metadata: {} })
    await writeFile(join(folder, 'f.onnx'), bytes)
    const [ofX, ofY] = columns.map((values) => ({ type: 'double', values: base64(values) }))
    await writeFile(join(folder, 'f.json'), JSON.stringify({ inputs: { x: ofX, y: ofY }, batches: [count] }))
    await promisify(execFile)(python, [join(import.meta.dirname, 'score_models.py'), folder], { timeout: TIMEOUT_MS })
    const { batches, error } = JSON.parse(await readFile(join(folder, 'f.out.json'), 'utf8'))
    if (error !== undefined) throw new Error(error)
    const differing = (name: string, of: (value: number) => number, values: Float64Array): number => {
      const got = numbersOf(batches[count][name].values)
      return values.filter((value, i) => !Object.is(of(value), got[i])).length
    }
    return {
      exp: differing('exp', Math.exp, columns[0] as Float64Array),
      log: differing('log', Math.log, columns[1] as Float64Array),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Numbers of all sizes up to 700, most of them below 0. */
function powerFor(i: number, share: number): number {
  const size = i % 2 === 0 ? share * 2 : i % 3 === 0 ? share * 745 : 2 ** (share * 40 - 38)
  return i % 5 === 0 ? Math.min(size, 700) : -size
}

/** The thresholds of each numeric feature in the trees of a file, where features reach them as they are. */
function thresholdsOf(bytes: Uint8Array, { featureSchema }: FittedPipeline): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { operator, attributes } of readOnnxFile(bytes).nodes) {
    if (operator !== 'TreeEnsemble') continue
    const thresholds = attributes.get('nodes_splits')?.doubles ?? []
    attributes.get('nodes_featureids')?.ints.forEach((feature, node) => {
      // Behind the features stand the sides of categories.
      const { kind, name } = featureSchema[feature] ?? { kind: 'categorical', name: '' }
      const threshold = thresholds[node] as number
      if (kind === 'numeric' && Number.isFinite(threshold)) found.set(name, [...(found.get(name) ?? []), threshold])
    })
  }
  return new Map(Array.from(found, ([name, values]) => [name, [...new Set(values)].slice(0, 400)]))
}

/** What goes in, by the inputs that the file tells of in its metadata. */
function inputsOf(bytes: Uint8Array, { columns }: Table) {
  const facts = JSON.parse(readOnnxFile(bytes).metadata['ml_worker.inputs'] as string) as {
    readonly input: string
    readonly feature: string
    readonly type: 'double' | 'string'
    readonly missing: string
  }[]
  return Object.fromEntries(
    facts.map(({ input, feature, type, missing }) => {
      const column = columns.find(({ name }) => name === feature) as Column
      if (column.kind !== 'categorical') return [input, { type, values: base64(column.values) }]
      const { codes, levels } = column
      if (type === 'string') {
        return [input, { type, values: Array.from(codes, (code) => (code < 0 ? missing : String(levels[code]))) }]
      }
      return [
        input,
        { type, values: base64(Float64Array.from(codes, (c) => (c < 0 ? Number.NaN : Number(levels[c])))) },
      ]
    }),
  )
}

/** Our predictions by the names of the outputs. */
async function oursOf(pipeline: FittedPipeline, rows: Table): Promise<Map<string, unknown[] | Float64Array>> {
  const { labels, probabilities } = await pipeline.predict(rows)
  const values = labels.columns.map((column) => {
    const of = column.kind === 'categorical' ? Array.from(column.codes, (code) => column.levels[code]) : column.values
    return [column.name, column.name === 'cluster' ? Array.from(of) : of] as const
  })
  return new Map([...values, ...probabilities.map(({ name, values: of }) => [`${name}.probabilities`, of] as const)])
}

/** share: of our rows from the first on, as many as were asked. */
function compare(
  ours: Map<string, unknown[] | Float64Array>,
  theirs: Readonly<Record<string, Answer>>,
  share: number,
): { readonly otherLabels: number; readonly ulps: number } {
  let [otherLabels, ulps] = [0, 0]
  for (const [name, values] of ours) {
    const answer = theirs[name]
    const own = values.slice(0, Math.round(values.length * share))
    if (answer === undefined) throw new Error(`there is no output ${name}`)
    const got = typeof answer.values === 'string' ? numbersOf(answer.values) : answer.values
    if (got.length !== own.length) throw new Error(`${got.length} values of ${name}, and not ${own.length}`)
    for (const [i, value] of own.entries()) {
      if (own instanceof Float64Array) ulps = Math.max(ulps, distance(value as number, got[i] as number))
      else if (value !== got[i]) otherLabels++
    }
  }
  return { otherLabels, ulps }
}

/** In units in the last place of the larger one. */
function distance(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.POSITIVE_INFINITY
  const size = Math.max(Math.abs(a), Math.abs(b), Number.MIN_VALUE * 2 ** 52)
  return Math.abs(a - b) / 2 ** (Math.floor(Math.log2(size)) - 52)
}

function base64(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

function numbersOf(text: string): Float64Array {
  return new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)
}
