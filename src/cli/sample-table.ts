// Small tables for a model that nobody has given rows for.
import type { Estimator } from '../learning/estimator.ts'
import { Random } from '../learning/random.ts'
import { intoRange } from '../learning/target-range.ts'
import type { ColumnNames, Model } from '../model/model.ts'
import type { Pipeline } from '../model/pipeline.ts'
import type { ColumnType } from '../model/reading-options.ts'
import type { CategoricalColumn, Column, NumericColumn, Table } from '../model/table.ts'
import { DAY_MS } from '../model/times.ts'

const ROWS = 120
const LEVELS = ['ash', 'beech', 'cedar']
const OPEN_NAMES = ['height', 'width', 'age', 'soil']
/** Columns besides, for steps that encode them; of the kinds that the pipeline takes. */
const MORE_NAMES = { places: 'place', time: 'day', text: 'remark' }
const PLACES = 60
const WORDS = ['tall', 'old', 'wet', 'leaf', 'bark', 'moss', 'sun', 'hill', 'stone', 'path']
const WORDS_OF_TEXT = 6

export interface SampleRows {
  /** What is in the columns, for what is said of a model that takes none of them. */
  readonly what: string
  readonly features: Table
  readonly labels: Table
}

/** What a column holds in one sample. */
type Content = ColumnType | keyof typeof MORE_NAMES

interface Shape {
  readonly what: string
  readonly contentAt: (j: number) => Content
  readonly hasMissing: boolean
  /** Columns besides those that the class names. */
  readonly more?: readonly (keyof typeof MORE_NAMES)[]
}

/**
 * Rows of each kind that a model may expect, the most searching first: with columns of times, free text and many categories
 * where its steps take them. Declared columns are what they are declared. The label follows from the first columns, within
 * the range of the pipeline.
 */
export function sampleRows(
  { feature_names, label_names, column_types = {} }: Pick<Model, 'feature_names' | 'label_names' | 'column_types'>,
  kind: Estimator['kind'],
  pipeline: Pick<Pipeline, 'targetRange' | 'takes'>,
): SampleRows[] {
  if (kind === 'recommender') return [takenItems(feature_names, label_names)]
  const names = feature_names === '*' ? [...new Set([...OPEN_NAMES, ...Object.keys(column_types)])] : feature_names
  const last = names.length - 1
  const strings = (j: number): Content => (j === last && last > 0 ? 'categorical' : 'numeric')
  const more = (['time', 'text'] as const).filter((type) => pipeline.takes(type, MORE_NAMES[type]))
  const kinds = more.map((type) => (type === 'time' ? ', times' : ', free text')).join('')
  const open = { what: `numbers, strings, many categories${kinds}, some missing`, more: ['places', ...more] as const }
  const shapes: Shape[] = [
    ...(feature_names === '*' ? [{ ...open, contentAt: strings, hasMissing: true }] : []),
    { what: 'numbers and strings, some missing', contentAt: strings, hasMissing: true },
    { what: 'numbers, some missing', contentAt: () => 'numeric', hasMissing: true },
    { what: 'numbers', contentAt: () => 'numeric', hasMissing: false },
    { what: 'strings', contentAt: () => 'categorical', hasMissing: false },
  ]
  return shapes.map(({ what, contentAt, hasMissing, more = [] }) => {
    const random = new Random(1)
    const signal = Float64Array.from({ length: ROWS }, (_, i) => (i % LEVELS.length) + random.uniform() / 2)
    const contents = names.map((name, j): [string, Content] => [name, typeOf(column_types, name) ?? contentAt(j)])
    for (const content of more) contents.push([MORE_NAMES[content], content])
    const columns = contents.map(([name, content], j): Column => {
      const values = signal.map((value) => value + (j + 1) * 0.3 * random.normal())
      if (hasMissing && j === 1) for (let i = 3; i < ROWS; i += 11) values[i] = Number.NaN
      return columnOf(name, content, values, random)
    })
    const features = { rowCount: ROWS, columns }
    const labels = { rowCount: ROWS, columns: labelColumns(label_names, kind, signal, pipeline) }
    return { what, features, labels }
  })
}

/** Users who take items of three sorts, mostly of their own; one column, as a recommender takes no other. */
function takenItems(feature_names: ColumnNames, label_names: ColumnNames): SampleRows {
  const random = new Random(1)
  const user = Float64Array.from({ length: ROWS }, (_, i) => i % TAKING_USERS)
  const codes = Int32Array.from(user, (u) => 3 * random.integer(TAKEN_OF_SORT) + (random.uniform() < 0.8 ? u % 3 : 0))
  const levels = Array.from({ length: 3 * TAKEN_OF_SORT }, (_, item) => `item ${100 + item}`)
  const named = (names: ColumnNames, otherwise: string): readonly string[] => (names === '*' ? [otherwise] : names)
  const features = named(feature_names, 'user').map((name): Column => ({ kind: 'numeric', name, values: user }))
  const labels = named(label_names, 'item').map((name): Column => ({ kind: 'categorical', name, codes, levels }))
  return {
    what: 'users and what they took',
    features: { rowCount: ROWS, columns: features },
    labels: { rowCount: ROWS, columns: labels },
  }
}
const TAKING_USERS = 12
const TAKEN_OF_SORT = 10

function typeOf(types: NonNullable<Model['column_types']>, name: string): ColumnType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined
}

function columnOf(name: string, content: Content, values: Float64Array, random: Random): Column {
  switch (content) {
    case 'numeric':
      return { kind: 'numeric', name, values }
    case 'categorical':
      return stringColumn(name, values)
    case 'time':
      return { kind: 'time', name, values: values.map((value) => Math.round(20_000 + 30 * value) * DAY_MS) }
    case 'text':
      return textColumn(name, values, random)
    case 'places': {
      const codes = Int32Array.from(values, (_, i) => i % PLACES)
      return { kind: 'categorical', name, codes, levels: Array.from({ length: PLACES }, (_, k) => `place ${10 + k}`) }
    }
  }
}

function labelColumns(
  names: ColumnNames,
  kind: Estimator['kind'],
  signal: Float64Array,
  { targetRange = {} }: Pick<Pipeline, 'targetRange'>,
): Column[] {
  if (kind !== 'classifier' && kind !== 'regressor') return []
  return (names === '*' ? ['kind of tree'] : names).map((name): NumericColumn | CategoricalColumn =>
    kind === 'classifier'
      ? stringColumn(name, signal)
      : { kind: 'numeric', name, values: intoRange(signal, targetRange) },
  )
}

function stringColumn(name: string, values: Float64Array): CategoricalColumn {
  const codes = Int32Array.from(values, (value) => Math.min(Math.max(Math.floor(value || 0), 0), LEVELS.length - 1))
  return { kind: 'categorical', name, codes, levels: LEVELS }
}

/** Each row has words of its own, the first of which tells its value. */
function textColumn(name: string, values: Float64Array, random: Random): CategoricalColumn {
  const texts = Array.from(values, (value, i) => {
    const words = Array.from({ length: WORDS_OF_TEXT }, () => WORDS[Math.floor(random.uniform() * WORDS.length)])
    return [LEVELS[Math.min(Math.max(Math.floor(value || 0), 0), LEVELS.length - 1)], ...words, `n${100 + i}`].join(' ')
  })
  const levels = texts.toSorted()
  const codeOf = new Map(levels.map((text, code) => [text, code]))
  const codes = Int32Array.from(texts, (text) => codeOf.get(text) as number)
  return { kind: 'categorical', name, codes, levels, isText: true }
}
