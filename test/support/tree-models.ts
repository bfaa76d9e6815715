// Models of LightGBM and XGBoost with what their frameworks say of rows: test/golden/models, made by generate_tree_models.py.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { ImportedTrees, TreeFormat } from '../../src/interop/trees/imported-trees.ts'
import type { RowBlock } from '../../src/learning/matrix.ts'
import type { Level } from '../../src/model/table.ts'

type Cell = Level | null
type Numbers = number | null | string | readonly Numbers[]

export interface TreeModel {
  readonly name: string
  /** The file that has it, and its name there. */
  readonly place: string
  readonly format: TreeFormat
  readonly bytes: Uint8Array
  /** As the framework took them: null is missing. */
  readonly rows: readonly (readonly Cell[])[]
  /** What XGBoost was told to take for missing. */
  readonly missing?: number
  /** Per row: raw scores, answers, and the leaf of each tree; leaves are absent of models without trees. */
  readonly raw: readonly number[][]
  readonly said: readonly number[][]
  readonly saidBest?: readonly number[][]
  readonly leaf: readonly number[][] | undefined
}

interface Case {
  readonly format: TreeFormat
  readonly model: string
  readonly missing?: number
  readonly rows: Cell[][]
  readonly raw: Numbers[]
  readonly said: Numbers[]
  readonly said_best?: Numbers[]
  readonly leaf: Numbers[] | null
}

/** All of them. */
export function treeModels(): TreeModel[] {
  return ['trees', 'earlier-trees'].flatMap((name) => {
    const url = new URL(`../golden/models/${name}.json.gz`, import.meta.url)
    const { cases } = JSON.parse(gunzipSync(readFileSync(url)).toString()) as { cases: Record<string, Case> }
    return Object.entries(cases).map(([caseName, of]) => treeModel(name, caseName, of))
  })
}

function treeModel(
  file: string,
  name: string,
  { format, model, rows, raw, said, said_best, leaf, missing }: Case,
): TreeModel {
  return {
    name,
    place: `${file}/${name}`,
    format,
    bytes: Buffer.from(model, format === 'xgboost_ubjson' ? 'base64' : 'utf8'),
    rows,
    ...(missing === undefined ? {} : { missing }),
    raw: raw.map(numbersIn),
    said: said.map(numbersIn),
    ...(said_best === undefined ? {} : { saidBest: said_best.map(numbersIn) }),
    leaf: leaf?.map(numbersIn),
  }
}

/** The rows as an estimator takes them: codes of categories that the file names, NaN for what is missing or unknown. */
export function blockOf({ rows, missing }: TreeModel, { features }: Pick<ImportedTrees, 'features'>): RowBlock {
  const values = rows.flatMap((row) =>
    row.map((cell, j) => {
      const categories = features[j]?.categories ?? null
      if (cell === null || cell === missing) return Number.NaN
      if (categories === null) return numberIn(cell)
      const code = categories.indexOf(cell)
      return code < 0 ? Number.NaN : code
    }),
  )
  return { rowCount: rows.length, columnCount: features.length, values: Float64Array.from(values) }
}

function numbersIn(value: Numbers): number[] {
  return Array.isArray(value) ? value.flatMap(numbersIn) : [numberIn(value as Cell)]
}

function numberIn(value: Cell): number {
  return value === null ? Number.NaN : Number(value)
}
