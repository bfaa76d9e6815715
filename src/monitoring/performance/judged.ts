// Sums of several versions as one set of figures: their classes get one coding.
import { compareLevels, type Level } from '../../model/table.ts'
import type { Answers } from './answers.ts'
import { type Calibration, calibrationOf, estimatedFrom } from './calibration.ts'
import { classFigures, type FiguresOfClass } from './class-figures.ts'
import type { Metrics, WeightedSums } from './figures.ts'
import { numberFigures } from './number-figures.ts'
import { type ClassSums, labelledIn, type NumberSums } from './sums.ts'

/** Sums of predictions of one version that each stand for so many. */
export interface VersionSums extends WeightedSums {
  readonly version: number
}

export type VersionAnswers = ReadonlyMap<number, Answers>

/** How right some predictions were. */
export interface Judged {
  /** Logged rows. */
  readonly rows: number
  /** Predictions that they stand for. */
  readonly predictions: number
  /** Rows with an outcome. */
  readonly outcomes: number
  /** Share of the predictions that have an outcome; undefined of none. */
  readonly coverage: number | undefined
  /** Rows that count as wrong, since the version does not know their class, or that are not judged, since they are no number. */
  readonly unknown: number
  readonly metrics: Metrics
  readonly classes: readonly (FiguresOfClass & { readonly level: Level })[]
  readonly calibration: Calibration | undefined
  /** What the confidences of all rows promise. */
  readonly estimated: ReadonlyMap<string, number> | undefined
}

/** Versions of both kinds have no metrics in common: then there are only counts. O(entries). */
export function judge(all: readonly VersionSums[], answers: VersionAnswers): Judged {
  const counts = countsOf(all)
  const kinds = [...new Set(all.map(({ version }) => version))].flatMap((version) => answers.get(version) ?? [])
  const none = { unknown: 0, metrics: new Map(), classes: [], calibration: undefined, estimated: undefined }
  if (kinds.length > 0 && kinds.every(({ kind }) => kind === 'numbers')) {
    const sums = all as readonly WeightedSums<NumberSums>[]
    const unknown = sums.reduce((rows, { sums: { unjudged } }) => rows + unjudged, 0)
    return { ...counts, ...none, unknown, metrics: numberFigures(sums) }
  }
  if (kinds.length === 0 || !kinds.every((each) => each.kind === 'classes')) return { ...counts, ...none }
  const levels = unionOf(kinds.map(({ classes }) => classes))
  const isLargest = kinds.every((each) => each.isLargest)
  const isOneCoding = kinds.every(({ classes }) => classes.length === levels.length)
  const coded = all.map(({ version, weight, sums }) => {
    const { classes } = answers.get(version) as Extract<Answers, { kind: 'classes' }>
    return { weight, sums: isOneCoding ? (sums as ClassSums) : recoded(sums as ClassSums, codesIn(classes, levels)) }
  })
  const { metrics, classes, unknownClassCount } = classFigures(coded, levels.length, isLargest)
  return {
    ...counts,
    unknown: unknownClassCount,
    metrics,
    classes: classes.map((each) => ({ ...each, level: levels[each.code] as Level })),
    calibration: calibrationOf(coded),
    estimated: estimatedFrom(coded, levels.length, isLargest),
  }
}

function countsOf(all: readonly VersionSums[]): Pick<Judged, 'rows' | 'predictions' | 'outcomes' | 'coverage'> {
  let [rows, predictions, outcomes, covered] = [0, 0, 0, 0]
  for (const { weight, sums } of all) {
    const labelled = labelledIn(sums)
    rows += labelled + sums.unlabelled
    predictions += weight * (labelled + sums.unlabelled)
    outcomes += labelled
    covered += weight * labelled
  }
  return { rows, predictions, outcomes, coverage: predictions === 0 ? undefined : covered / predictions }
}

function unionOf(all: readonly (readonly Level[])[]): Level[] {
  return [...new Set(all.flat())].sort(compareLevels)
}

function codesIn(classes: readonly Level[], levels: readonly Level[]): number[] {
  return classes.map((level) => levels.indexOf(level))
}

/** Scores stay: with more than two classes nobody asks which one was answered. */
function recoded(sums: ClassSums, codes: readonly number[]): ClassSums {
  const codeOf = (code: number): number => (code < 0 ? code : (codes[code] as number))
  const confusion = sums.confusion.map(([answer, truth, count]) => [codeOf(answer), codeOf(truth), count] as const)
  return { ...sums, confusion }
}
