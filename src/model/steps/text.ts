// Columns of free text as numbers: a column for each of the most frequent words.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { type SparseRows, SparseWriter } from '../../learning/sparse.ts'
import {
  findVocabulary,
  HashingReader,
  inverseFrequencies,
  type TextWeighting,
  VocabularyReader,
  type WordReader,
  weighCounts,
} from '../../learning/text-features.ts'
import type { Level } from '../table.ts'
import {
  appendSparse,
  type EncodingStep,
  type FittedStep,
  type Frame,
  kindOf,
  type MadeColumn,
  replaceColumns,
  type StepContext,
  type StepOptions,
  selects,
} from './step.ts'

interface TextOptions extends StepOptions {
  /** Default 'tfidf'. */
  readonly weighting?: TextWeighting
  /** Words, or columns of hashes, at the most. Default 16,384 where the estimator takes sparse columns, else 1,000. */
  readonly width?: number
}

/** On real texts as good as all words: docs/decisions/columns-made-of-columns.md. */
const WIDTH = 1_000
const SPARSE_WIDTH = 2 ** 14
/** Values that the dense columns of one text may have over all training rows: beyond it fewer words are taken. */
const VALUES_MAX = 2 ** 26
const WIDTH_MAX = 2 ** 16
/** Words × classes, in sparse columns: what a linear method learns, and keeps some forty times while it does. */
const COEFFICIENTS_MAX = 2 ** 21
const WEIGHTINGS: readonly TextWeighting[] = ['tfidf', 'count', 'hashing']

/** What one column of texts becomes. */
interface TextColumns {
  readonly weighting: TextWeighting
  /** Without words, of hashes. */
  readonly words: readonly string[]
  /** Of each word or hash: what its counts are multiplied by. */
  readonly factors: Float64Array
}

/**
 * Replaces each column of free text by numbers: TF-IDF of its most frequent words, as scikit-learn's
 * TfidfVectorizer(max_features=width); or their counts; or, of hashes, signed counts. Rows of TF-IDF and of hashes have
 * length 1. A missing text has no words. The columns are not for impute() and standardize(), as those of oneHot() are
 * not. The columns are sparse where the estimator takes such. O(characters), and O(rows × width) where it does not.
 */
export function text(options: TextOptions = {}): EncodingStep {
  const { weighting = 'tfidf', width } = options
  const takesColumn = (frame: Frame, j: number): boolean =>
    kindOf(frame, j) === 'text' && selects(options, frame.columnNames[j] as string)
  return {
    type: 'text',
    takes: (kind, column) => kind === 'text' && selects(options, column),
    isNeeded: (frame) => frame.columns.some((_, j) => takesColumn(frame, j)),
    fit: (frame, context) => learn(frame, context).fitted,
    fitTransform(frame, context) {
      const { fitted, rows } = learn(frame, context)
      return { fitted, encoded: fitted.replace(frame, (j) => rows[j] as TextRows) }
    },
    restore,
  }

  /** The step, and the counts of the words in the texts of each column, which are read once. */
  function learn(frame: Frame, context: StepContext): { fitted: FittedText; rows: (TextRows | undefined)[] } {
    const isSparse = context.takesSparse === true
    const columnsMax = Math.max(1, Math.min(width ?? (isSparse ? SPARSE_WIDTH : WIDTH), widthMax(frame, context)))
    const rows: (TextRows | undefined)[] = []
    const columns = frame.columns.map((codes, j): TextColumns | undefined => {
      if (!takesColumn(frame, j)) return undefined
      const used = usedTexts(frame, j)
      if (weighting === 'hashing') {
        rows[j] = { ...used, counts: new HashingReader(columnsMax).read(used.texts) }
        return { weighting, words: [], factors: new Float64Array(columnsMax).fill(1) }
      }
      const times = new Float64Array(used.texts.length)
      for (const code of codes) {
        const place = Number.isNaN(code) ? -1 : (used.placeOf[code] as number)
        if (place >= 0) times[place] = (times[place] as number) + 1
      }
      const vocabulary = findVocabulary(used.texts, times, columnsMax)
      rows[j] = { ...used, counts: vocabulary.counts }
      const { words } = vocabulary
      const isCount = weighting === 'count'
      const factors = isCount ? new Float64Array(words.length).fill(1) : inverseFrequencies(vocabulary, frame.rowCount)
      return { weighting, words, factors }
    })
    return { fitted: new FittedText(isSparse, columns), rows }
  }
}

/** Columns that one text may have at the most. */
function widthMax({ rowCount }: Frame, { takesSparse, labels }: StepContext): number {
  const classCount = labels.reduce((most, label) => Math.max(most, 'levels' in label ? label.levels.length : 1), 1)
  const most = takesSparse === true ? COEFFICIENTS_MAX / classCount : VALUES_MAX / Math.max(1, rowCount)
  return Math.min(WIDTH_MAX, Math.floor(most))
}

/** The texts that the rows of a frame have, which may be a part of its levels, and by code the place of each. */
interface UsedTexts {
  readonly texts: readonly string[]
  readonly placeOf: Int32Array
}

/** counts: of the words in each text. */
interface TextRows extends UsedTexts {
  readonly counts: SparseRows
}

function usedTexts({ columns, levels }: Frame, j: number): UsedTexts {
  const own = (levels?.[j] ?? []) as readonly Level[]
  const texts: string[] = []
  const placeOf = new Int32Array(own.length).fill(-1)
  for (const code of columns[j] as Float64Array) {
    if (Number.isNaN(code) || placeOf[code] !== -1) continue
    placeOf[code] = texts.length
    texts.push(String(own[code]))
  }
  return { texts, placeOf }
}

class FittedText implements FittedStep {
  readonly type = 'text'
  readonly isBuiltIn = true
  private readonly isSparse: boolean
  /** Per column of the incoming frame; undefined where it passes as it is. */
  private readonly columns: readonly (TextColumns | undefined)[]
  private readonly readers: readonly (WordReader | undefined)[]

  constructor(isSparse: boolean, columns: readonly (TextColumns | undefined)[]) {
    this.isSparse = isSparse
    this.columns = columns
    this.readers = columns.map((of) => {
      if (of === undefined) return undefined
      return of.weighting === 'hashing' ? new HashingReader(of.factors.length) : new VocabularyReader(of.words)
    })
  }

  transform(frame: Frame): Frame {
    return this.replace(frame, (j) => {
      const used = usedTexts(frame, j)
      return { ...used, counts: (this.readers[j] as WordReader).read(used.texts) }
    })
  }

  /** rowsOf: the words in the texts of a column. */
  replace(frame: Frame, rowsOf: (j: number) => TextRows): Frame {
    const weighed = (j: number, { weighting, factors }: TextColumns): SparseRows => {
      const rows = rowsOf(j)
      const values = weighCounts(rows.counts, factors, weighting !== 'count')
      return rowsOfTexts(frame.columns[j] as Float64Array, rows.placeOf, values)
    }
    const isTaken = (j: number): boolean => this.columns[j] !== undefined
    if (!this.isSparse) {
      return replaceColumns(frame, (j) => {
        const of = this.columns[j]
        if (of === undefined) return undefined
        const nameOf = namesOf(frame.columnNames[j] as string, of)
        return spread(weighed(j, of), frame.rowCount).map((values, k): MadeColumn => {
          return { name: nameOf(k), values, isIndicator: true }
        })
      })
    }
    let encoded = replaceColumns(frame, (j) => (isTaken(j) ? [] : undefined))
    this.columns.forEach((of, j) => {
      if (of === undefined) return
      const name = frame.columnNames[j] as string
      const part = { columnCount: of.factors.length, source: frame.sources?.[j] ?? name, nameOf: namesOf(name, of) }
      encoded = appendSparse(encoded, weighed(j, of), [part])
    })
    return encoded
  }

  toState(): EstimatorState {
    const columns = this.columns
      .map((of) => of && { weighting: of.weighting, words: of.words, factors: of.factors })
      .map((of) => of ?? null)
    return this.isSparse ? { columns, isSparse: true } : { columns }
  }
}

function namesOf(name: string, { words }: TextColumns): (k: number) => string {
  return (k) => `${name}~${words[k] ?? k}`
}

/** From rows of texts to those of the frame; a missing text has no words. */
function rowsOfTexts(codes: Float64Array, placeOf: Int32Array, texts: SparseRows): SparseRows {
  const writer = new SparseWriter()
  for (const code of codes) {
    const place = Number.isNaN(code) ? -1 : (placeOf[code] as number)
    if (place >= 0) writer.addRow(texts, place)
    writer.endRow()
  }
  return writer.finish(texts.columnCount)
}

/** The rows in whole columns. */
function spread({ columnCount, starts, columns, values }: SparseRows, rowCount: number): Float64Array[] {
  const made = Array.from({ length: columnCount }, () => new Float64Array(rowCount))
  for (let i = 0; i < rowCount; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const column = made[columns[k] as number] as Float64Array
      column[i] = values[k] as number
    }
  }
  return made
}

/** `isSparse` is absent of dense columns, as in all that was written before there were others. */
function restore({ columns, isSparse }: EstimatorState): FittedStep {
  if (!Array.isArray(columns)) throw new StateError('expected the texts of each column')
  if (isSparse !== undefined && isSparse !== true) throw new StateError('expected isSparse to be true')
  return new FittedText(
    isSparse === true,
    columns.map((of): TextColumns | undefined => {
      if (of === null) return undefined
      const { weighting, words, factors } = of as Partial<TextColumns>
      const areWords = Array.isArray(words) && words.every((word) => typeof word === 'string')
      const isWeighting = WEIGHTINGS.some((known) => known === weighting)
      const isWide = factors instanceof Float64Array && factors.length <= WIDTH_MAX
      if (!areWords || !isWeighting || !isWide) throw new StateError('expected the words of a text')
      const expected = weighting === 'hashing' ? 0 : factors.length
      if (words.length !== expected || (weighting === 'hashing' && factors.length === 0)) {
        throw new StateError('expected a factor for each word')
      }
      return { weighting: weighting as TextWeighting, words, factors }
    }),
  )
}
