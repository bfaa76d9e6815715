// The last line of a model.txt: the categories of a pandas DataFrame, and which columns they are of.
import type { Level } from '../../../model/table.ts'
import { type ModelFileFaults, modelFileFault, OPTION_PLACE } from '../../model-file-error.ts'

const PLACE = 'pandas_categorical'
/**
 * JSON.parse cannot be stopped halfway: V8 ends the whole process where it goes beyond the memory of the thread. Three characters
 * are an empty list at the most, which takes 40 bytes: so many stay below a quarter of it.
 */
const LENGTH_MAX = 2 ** 25
const OPTION = `${OPTION_PLACE}categorical_features`

/** What the head of the file says of its columns. */
export interface NamedFeatures {
  readonly names: readonly string[]
  /** Of each, whether it holds categories, as far as splits and feature_infos tell. */
  readonly areCategorical: readonly boolean[]
}

/**
 * Categories by feature. The file has a list a column of categories, in their order, but not which columns these are: where
 * their count is not that of the lists, `given` must say so. Throws ModelFileError where the line is no JSON of lists.
 */
export function pandasCategories(
  line: string | undefined,
  { names, areCategorical }: NamedFeatures,
  given: readonly string[] | undefined,
  faults: ModelFileFaults,
): ReadonlyMap<number, readonly Level[]> {
  const lists = listsIn(line)
  const unknown = given?.filter((name) => !names.includes(name)) ?? []
  for (const name of unknown) faults.add(OPTION, `there is no column ${JSON.stringify(name)}`)
  if (lists.length === 0 && (given ?? []).length > 0) faults.add(OPTION, `the file has no ${PLACE}`)
  if (lists.length === 0 || unknown.length > 0) return new Map()
  const features =
    given === undefined
      ? [...areCategorical.keys()].filter((j) => areCategorical[j])
      : given.map((name) => names.indexOf(name))
  if (features.length !== lists.length) {
    const found = `there are categories of ${lists.length} columns, and ${features.length} columns of categories`
    faults.add(PLACE, `${found}; name those columns in the order of the DataFrame`)
  }
  lists.forEach((levels, k) => {
    if (new Set(levels).size !== levels.length) faults.add(PLACE, `list ${k + 1} has a category twice`)
  })
  return new Map(lists.flatMap((levels, k) => (features[k] === undefined ? [] : [[features[k], levels] as const])))
}

function listsIn(line: string | undefined): (readonly Level[])[] {
  if (line === undefined) return []
  if (line.length > LENGTH_MAX) {
    throw modelFileFault(PLACE, `expected ${LENGTH_MAX} characters at the most, got ${line.length}`)
  }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw modelFileFault(PLACE, 'expected JSON', { cause })
  }
  if (value === null) return []
  const areLists =
    Array.isArray(value) &&
    value.every(
      (list) =>
        Array.isArray(list) &&
        list.every((level) => ['string', 'boolean'].includes(typeof level) || Number.isFinite(level)),
    )
  if (!areLists) throw modelFileFault(PLACE, 'expected lists of texts, numbers or booleans')
  return value as Level[][]
}
