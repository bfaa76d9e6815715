// The member `search` of a training request: what it asks for, with every fault in it.
import { ParameterError } from '../learning/errors.ts'
import type { Estimator } from '../learning/estimator.ts'
import { gridSize, isRange, type Space, type ValueRange } from '../learning/model-selection/space.ts'
import type { FaultList } from '../model/faults.ts'
import type { Model, ModelParameters } from '../model/model.ts'
import { scoringsOf } from '../model/scoring.ts'
import { FOLD_KINDS, SEARCH_LIMITS, type SearchSettings, STRATEGIES } from '../model/search/search-settings.ts'
import { shown } from '../model/shown.ts'
import type { SplitBy } from '../spool/spool-file.ts'
import { columnIn } from './set-aside.ts'

const SEED_MAX = 2 ** 32 - 1
const FOLDS_DEFAULT = 5
const TRIALS_DEFAULT = { grid: SEARCH_LIMITS.trials, random: 20, halving: 27 } as const
const MEMBERS = ['strategy', 'space', 'scoring', 'folds', 'trials', 'seconds', 'evaluations', 'seed', 'early_end']
const FOLD_MEMBERS = ['kind', 'count', 'repeats', 'column']
const RANGE_MEMBERS = ['min', 'max', 'log', 'integer']
const NO_SPLIT = 'the folds are of a column: say "column", or split_by beside the search'

/** A search as it is asked for; the kind of folds is open until the column is read that they follow. */
export interface SearchWish {
  readonly settings: Omit<SearchSettings, 'folds'> & {
    readonly folds: Omit<SearchSettings['folds'], 'kind'> & {
      readonly kind: SearchSettings['folds']['kind'] | undefined
    }
  }
  /** The column of the rows that the folds follow. */
  readonly foldBy?: { readonly column: string; readonly as?: SplitBy['as'] | undefined }
}

export interface SearchedModel {
  readonly model: Model
  readonly kind: Estimator['kind']
  /** As the request gives them. */
  readonly parameters: ModelParameters
  /** What held-out rows are chosen by: folds follow it where they say nothing else. */
  readonly splitBy?: { readonly column: string; readonly as?: SplitBy['as'] | undefined } | undefined
}

type Refuse = (parameter: string | undefined, detail: string) => void

/** Undefined of null, of nothing, and of what is no search; then there are faults. O(values of the space). */
export function readSearch(given: unknown, of: SearchedModel, faults: FaultList): SearchWish | undefined {
  if (given === undefined || given === null) return undefined
  const refuse: Refuse = (parameter, detail) =>
    faults.add({ in: 'search', ...(parameter === undefined ? {} : { parameter }), detail })
  if (!isRecord(given)) {
    refuse(undefined, `expected an object with strategy, got ${shown(given)}`)
    return undefined
  }
  const before = faults.count
  refuseOthers(given, MEMBERS, '', refuse)
  const scorings = scoringsOf(of.kind)
  if (scorings.length === 0)
    refuse(undefined, `model "${of.model.name}" learns without labels: no score tells trials apart`)
  const strategy = wordIn(given, 'strategy', STRATEGIES, refuse)
  const space = readSpace(given['space'] ?? of.model.get_search_space?.(), strategy, of, refuse)
  const scoring = wordIn(given, 'scoring', scorings, refuse, scorings[0])
  const { foldBy, ...folds } = readFolds(given['folds'], of, refuse)
  const trials = numberIn(given, 'trials', 1, SEARCH_LIMITS.trials, refuse) ?? TRIALS_DEFAULT[strategy ?? 'random']
  const seconds = secondsIn(given['seconds'], refuse)
  const evaluations = numberIn(given, 'evaluations', 1, SEARCH_LIMITS.evaluations, refuse)
  const seed = numberIn(given, 'seed', 0, SEED_MAX, refuse) ?? 0
  const earlyEnd = flagIn(given, 'early_end', refuse) ?? true
  if (strategy === 'grid' && space !== undefined) {
    const size = gridSize(space)
    if (size > trials) refuse('space', `the grid has ${size} combinations, trials allows ${trials}`)
  }
  if (faults.count > before || strategy === undefined || space === undefined || scoring === undefined) return undefined
  const bounds = { trials, seconds, ...(evaluations === undefined ? {} : { evaluations }) }
  const settings = { strategy, space, scoring, folds, ...bounds, seed, earlyEnd }
  return { settings, ...(foldBy === undefined ? {} : { foldBy }) }
}

/** The column that a search says its folds follow, whatever else is wrong with it. */
export function foldColumnIn(given: unknown): { readonly column: string } | undefined {
  return isRecord(given) ? columnIn(given['folds']) : undefined
}

function readSpace(
  given: unknown,
  strategy: string | undefined,
  { model, parameters }: SearchedModel,
  refuse: Refuse,
): Space | undefined {
  if (!isRecord(given) || Object.keys(given).length === 0) {
    refuse('space', `expected an object with the values of at least one parameter, got ${shown(given ?? null)}`)
    return undefined
  }
  const defaults = model.get_default_parameters()
  const names = Object.keys(given)
  if (names.length > SEARCH_LIMITS.parameters) {
    refuse('space', `${names.length} parameters; expected at most ${SEARCH_LIMITS.parameters}`)
    return undefined
  }
  const base = { ...defaults, ...parameters }
  const space: [string, Space[string]][] = []
  for (const [name, of] of Object.entries(given)) {
    const place = `space.${name}`
    if (!Object.hasOwn(defaults, name)) {
      refuse(place, `unknown parameter; expected one of ${Object.keys(defaults).join(', ') || 'none'}`)
      continue
    }
    const values = Array.isArray(of) ? listIn(of, place, refuse) : rangeIn(of, strategy, place, refuse)
    if (values === undefined) continue
    const refusals = (of: readonly unknown[]): string[] =>
      of.flatMap((value) => {
        const detail = refusalOf(model, { ...base, [name]: value }, name)
        return detail === undefined ? [] : `${shown(value)}: ${detail}`
      })
    const isOfNumbers = isRange(values)
    const found = refusals(isOfNumbers ? [values.min, values.max] : values)
    for (const detail of found) refuse(place, detail)
    if (isOfNumbers && values.integer !== true && found.length === 0) {
      for (const detail of refusals([fractionIn(values)]))
        refuse(place, `${detail}; for whole numbers say "integer": true`)
    }
    space.push([name, values])
  }
  return Object.fromEntries(space)
}

/** A number within the range that is none of its ends, and no integer. */
function fractionIn({ min, max }: ValueRange): number {
  const middle = min + (max - min) / 2
  return Number.isInteger(middle) ? middle - (max - min > 1 ? 0.5 : (max - min) / 4) : middle
}

function listIn(given: readonly unknown[], place: string, refuse: Refuse): readonly unknown[] | undefined {
  const texts = given.map(jsonOf)
  if (given.length === 0 || given.length > SEARCH_LIMITS.values) {
    refuse(place, `expected 1 to ${SEARCH_LIMITS.values} values, got ${given.length}`)
  } else if (texts.some((text) => text === undefined || text.length > SEARCH_LIMITS.valueLength)) {
    refuse(place, `expected values of at most ${SEARCH_LIMITS.valueLength} characters as JSON`)
  } else if (new Set(texts).size < texts.length) {
    refuse(place, 'a value stands there twice')
  } else return given
  return undefined
}

/** Undefined of what is nested deeper than the stack. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function rangeIn(given: unknown, strategy: string | undefined, place: string, refuse: Refuse): ValueRange | undefined {
  if (!isRecord(given)) {
    refuse(place, `expected a list of values, or {"min": …, "max": …}, got ${shown(given)}`)
    return undefined
  }
  if (strategy === 'grid') {
    refuse(place, 'a grid needs a list of values: ranges are of the strategies random and halving')
    return undefined
  }
  refuseOthers(given, RANGE_MEMBERS, `${place}.`, refuse)
  const { min, max } = given
  const [log, integer] = ['log', 'integer'].map((name) => flagIn(given, name, refuse, `${place}.`) ?? false)
  const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
  if (!isNumber(min) || !isNumber(max) || !(min < max)) {
    refuse(place, `expected a number min below max, got ${shown(min ?? null)} and ${shown(max ?? null)}`)
    return undefined
  }
  if (log === true && min <= 0) refuse(place, `with log, min must be above 0, got ${min}`)
  if (integer === true && !(Number.isSafeInteger(min) && Number.isSafeInteger(max))) {
    refuse(place, `with integer, min and max must be integers, got ${min} and ${max}`)
  }
  return { min, max, ...(log === true ? { log } : {}), ...(integer === true ? { integer } : {}) }
}

/** What the model says of one value, others being as they are. What depends on others shows in the trials. */
function refusalOf(model: Model, parameters: ModelParameters, name: string): string | undefined {
  try {
    model.create_pipeline(parameters)
    return undefined
  } catch (error) {
    if (!(error instanceof ParameterError)) return undefined
    return error.faults.find(({ parameter }) => parameter === name)?.message
  }
}

function readFolds(
  given: unknown,
  { kind: estimator, splitBy }: SearchedModel,
  refuse: Refuse,
): SearchWish['settings']['folds'] & { readonly foldBy?: SearchWish['foldBy'] } {
  const isShort = given === undefined || given === null || typeof given === 'number'
  const asked = isShort ? { count: given } : given
  if (!isRecord(asked)) {
    refuse('folds', `expected a number of folds, or an object with kind and count, got ${shown(given)}`)
    return { kind: 'plain', count: FOLDS_DEFAULT, repeats: 1 }
  }
  refuseOthers(asked, FOLD_MEMBERS, 'folds.', refuse)
  const count = numberIn(asked, 'count', 2, SEARCH_LIMITS.folds, refuse, 'folds.') ?? FOLDS_DEFAULT
  const repeats = numberIn(asked, 'repeats', 1, SEARCH_LIMITS.fits, refuse, 'folds.') ?? 1
  if (count * repeats > SEARCH_LIMITS.fits) {
    refuse('folds.repeats', `${count} folds ${repeats} times are too many; expected at most ${SEARCH_LIMITS.fits} fits`)
  }
  const said =
    (asked['kind'] ?? null) === null ? undefined : wordIn(asked, 'kind', FOLD_KINDS, refuse, undefined, 'folds.')
  const column = asked['column'] ?? undefined
  if (column !== undefined && typeof column !== 'string')
    refuse('folds.column', `expected a name, got ${shown(column)}`)
  if (said === 'stratified' && estimator !== 'classifier') {
    refuse('folds.kind', 'stratified folds are of classes: a regressor has "plain" ones')
  }
  const isPlain = said === 'stratified' || said === 'plain'
  if (isPlain && column !== undefined) refuse('folds.column', `folds of kind "${said}" follow no column`)
  if (said === 'time' && repeats > 1) refuse('folds.repeats', 'folds of times are the same each time: expected 1')
  if (isPlain) return { kind: said, count, repeats }
  const of = typeof column === 'string' ? column : splitBy?.column
  if (of === undefined) {
    if (said !== undefined) refuse('folds.column', `missing: ${NO_SPLIT}`)
    return { kind: estimator === 'classifier' ? 'stratified' : 'plain', count, repeats }
  }
  const asIs = of === splitBy?.column ? splitBy.as : undefined
  const as = said === undefined ? asIs : said === 'time' ? 'time' : 'group'
  return { kind: said, count, repeats, column: of, foldBy: { column: of, as } }
}

function refuseOthers(given: Record<string, unknown>, members: readonly string[], place: string, refuse: Refuse): void {
  for (const name of Object.keys(given)) {
    if (!members.includes(name)) refuse(`${place}${name}`, `unknown member; expected ${members.join(', ')}`)
  }
}

function wordIn<Word extends string>(
  given: Record<string, unknown>,
  name: string,
  words: readonly Word[],
  refuse: Refuse,
  usual?: Word,
  place = '',
): Word | undefined {
  const value = given[name] ?? usual
  const word = words.find((one) => one === value)
  if (word === undefined && words.length > 0) {
    refuse(`${place}${name}`, `expected ${words.join(', ')}, got ${shown(value ?? null)}`)
  }
  return word
}

/** An integer; undefined where there is none. */
function numberIn(
  given: Record<string, unknown>,
  name: string,
  min: number,
  max: number,
  refuse: Refuse,
  place = '',
): number | undefined {
  const value = given[name] ?? undefined
  if (value === undefined) return undefined
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  refuse(`${place}${name}`, `expected an integer from ${min} to ${max}, got ${shown(value)}`)
  return undefined
}

function secondsIn(given: unknown, refuse: Refuse): number | null {
  if (given === undefined || given === null) return null
  if (typeof given === 'number' && given > 0 && given <= SEARCH_LIMITS.seconds) return given
  refuse('seconds', `expected a number above 0 and at most ${SEARCH_LIMITS.seconds}, got ${shown(given)}`)
  return null
}

function flagIn(given: Record<string, unknown>, name: string, refuse: Refuse, place = ''): boolean | undefined {
  const value = given[name] ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  refuse(`${place}${name}`, `expected true or false, got ${shown(value)}`)
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
