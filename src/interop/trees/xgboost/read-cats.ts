// `cats` of XGBoost 3.1 and later: what the codes of columns of categories stand for.
import type { Level } from '../../../model/table.ts'
import { modelFileFault } from '../../model-file-error.ts'
import { Members } from './members.ts'

const LEVELS_MAX = 2 ** 24

/** By feature its levels in the order of their codes; none of a column of numbers. Throws ModelFileError. O(bytes). */
export function readCats(model: Members, featureCount: number): ReadonlyMap<number, readonly Level[]> {
  const found = new Map<number, readonly Level[]>()
  if (!model.has('cats')) return found
  const cats = model.object('cats')
  if (!cats.has('enc')) return found
  const encodings = cats.list('enc')
  if (encodings.length > featureCount) {
    throw modelFileFault(cats.placeOf('enc'), `there are ${encodings.length} columns, and ${featureCount} features`)
  }
  encodings.forEach((value, j) => {
    const encoding = new Members(value, `${cats.placeOf('enc')}[${j}]`)
    const levels = encoding.has('offsets') ? textsOf(encoding) : numbersOf(encoding)
    if (new Set(levels).size !== levels.length) throw modelFileFault(encoding.place, 'a category stands there twice')
    if (levels.length > 0) found.set(j, levels)
  })
  return found
}

/** UTF-8 of all levels, one behind the other, as int8; offsets say where each begins, and the last where it ends. */
function textsOf(encoding: Members): Level[] {
  const values = encoding.integers('values', undefined, -128, 255)
  const offsets = encoding.integers('offsets', undefined, 0, values.length)
  const bytes = Uint8Array.from(values)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const texts: string[] = []
  for (let k = 0; k + 1 < offsets.length; k++) {
    const [from, to] = [offsets[k] as number, offsets[k + 1] as number]
    if (to < from) throw modelFileFault(encoding.placeOf('offsets'), 'expected ascending numbers')
    try {
      texts.push(decoder.decode(bytes.subarray(from, to)))
    } catch (cause) {
      throw modelFileFault(encoding.place, `category ${k} is no text in UTF-8`, { cause })
    }
  }
  return texts
}

function numbersOf(encoding: Members): Level[] {
  const values = encoding.list('values')
  if (values.length <= LEVELS_MAX && values.every(Number.isFinite)) return values as number[]
  throw modelFileFault(encoding.placeOf('values'), 'expected numbers')
}
