// Columns of free text as numbers: a column for each of the most frequent words.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import {
  findVocabulary,
  hashedColumn,
  inverseFrequencies,
  type SparseText,
  type TextWeighting,
  weighWords,
} from '../../learning/text-features.ts'
import type { Level } from '../table.ts'
import {
  type EncodingStep,
  type FittedStep,
  type Frame,
  kindOf,
  type MadeColumn,
  replaceColumns,
  type StepOptions,
  selects,
} from './step.ts'

interface TextOptions extends StepOptions {
  /** Default 'tfidf'. */
  readonly weighting?: TextWeighting
  /** Words, or columns of hashes, at the most. Default 1,000. */
  readonly width?: number
}

/** On real texts as good as all words: docs/decisions/columns-made-of-columns.md. */
const WIDTH = 1_000
/** Values that the columns of one text may have over all training rows: beyond it fewer words are taken. */
const VALUES_MAX = 2 ** 26
const WIDTH_MAX = 2 ** 16
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
 * TfidfVectorizer(max_features=1000); or their counts; or, of hashes, signed counts. Rows of TF-IDF and of hashes have
 * length 1. A missing text has no words. The columns are not for impute() and standardize(), as those of oneHot() are
 * not. O(characters + rows × width).
 */
export function text(options: TextOptions = {}): EncodingStep {
  const { weighting = 'tfidf', width = WIDTH } = options
  const takesColumn = (frame: Frame, j: number): boolean =>
    kindOf(frame, j) === 'text' && selects(options, frame.columnNames[j] as string)
  return {
    type: 'text',
    takes: (kind, column) => kind === 'text' && selects(options, column),
    isNeeded: (frame) => frame.columns.some((_, j) => takesColumn(frame, j)),
    fit(frame) {
      const columnsMax = Math.max(1, Math.min(width, WIDTH_MAX, Math.floor(VALUES_MAX / Math.max(1, frame.rowCount))))
      return new FittedText(
        frame.columns.map((codes, j) => {
          if (!takesColumn(frame, j)) return undefined
          if (weighting === 'hashing') return { weighting, words: [], factors: new Float64Array(columnsMax).fill(1) }
          const texts = textsOf(frame, j)
          const counts = new Float64Array(texts.length)
          for (const code of codes) if (!Number.isNaN(code)) counts[code] = (counts[code] as number) + 1
          const vocabulary = findVocabulary(texts, counts, columnsMax)
          const isCount = weighting === 'count'
          const { words } = vocabulary
          const factors = isCount
            ? new Float64Array(words.length).fill(1)
            : inverseFrequencies(vocabulary, frame.rowCount)
          return { weighting, words, factors }
        }),
      )
    },
    restore,
  }
}

function textsOf({ levels }: Frame, j: number): string[] {
  return ((levels?.[j] ?? []) as readonly Level[]).map(String)
}

class FittedText implements FittedStep {
  readonly type = 'text'
  /** Per column of the incoming frame; undefined where it passes as it is. */
  private readonly columns: readonly (TextColumns | undefined)[]
  private readonly columnsByWord: readonly ReadonlyMap<string, { readonly column: number; readonly factor: number }>[]

  constructor(columns: readonly (TextColumns | undefined)[]) {
    this.columns = columns
    this.columnsByWord = columns.map(
      (of) => new Map(of?.words.map((word, column) => [word, { column, factor: of.factors[column] as number }])),
    )
  }

  transform(frame: Frame): Frame {
    return replaceColumns(frame, (j) => {
      const of = this.columns[j]
      if (of === undefined) return undefined
      const { weighting, words, factors } = of
      const byWord = this.columnsByWord[j]
      const columnOf = (word: string) =>
        weighting === 'hashing' ? hashedColumn(word, factors.length) : byWord?.get(word)
      const weighed = textsOf(frame, j).map((text) => weighWords(text, columnOf, weighting !== 'count'))
      const values = spread(frame.columns[j] as Float64Array, weighed, factors.length)
      const name = frame.columnNames[j]
      return values.map(
        (column, k): MadeColumn => ({ name: `${name}~${words[k] ?? k}`, values: column, isIndicator: true }),
      )
    })
  }

  toState(): EstimatorState {
    return {
      columns: this.columns
        .map((of) => of && { weighting: of.weighting, words: of.words, factors: of.factors })
        .map((of) => of ?? null),
    }
  }
}

/** The texts of the rows in whole columns. */
function spread(codes: Float64Array, texts: readonly SparseText[], width: number): Float64Array[] {
  const made = Array.from({ length: width }, () => new Float64Array(codes.length))
  for (let i = 0; i < codes.length; i++) {
    const { columns, values } = texts[codes[i] as number] ?? NO_WORDS
    for (let k = 0; k < columns.length; k++) {
      const column = made[columns[k] as number] as Float64Array
      column[i] = values[k] as number
    }
  }
  return made
}

const NO_WORDS: SparseText = { columns: new Int32Array(), values: new Float64Array() }

function restore({ columns }: EstimatorState): FittedStep {
  if (!Array.isArray(columns)) throw new StateError('expected the texts of each column')
  return new FittedText(
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
