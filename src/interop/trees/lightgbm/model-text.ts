// The parts of LightGBM's model.txt: its head, its trees, its categories. Lines of key=value; what they say is for others.
import { type ModelFileFaults, modelFileFault } from '../../model-file-error.ts'
import { fileText } from '../file-text.ts'

/** Lines of key=value; a line without = has the value ''. */
export type Members = ReadonlyMap<string, string>

export interface ModelText {
  readonly head: Members
  readonly trees: readonly Members[]
  /** JSON; undefined where the file has no such line. */
  readonly pandasCategorical: string | undefined
}

const TREES_END = 'end of trees'
const PANDAS = 'pandas_categorical:'

/** Throws ModelFileError where the bytes are no such text, or end before the trees do. O(bytes). */
export function readModelText(bytes: Uint8Array, faults: ModelFileFaults): ModelText {
  const lines = fileText(bytes).split('\n')
  if (lines[0]?.trimEnd() !== 'tree') throw modelFileFault('line 1', 'a model of LightGBM begins with the line "tree"')
  const head = new Map<string, string>()
  const trees: Map<string, string>[] = []
  let members = head
  let at = 1
  for (; at < lines.length; at++) {
    const line = (lines[at] as string).trimEnd()
    if (line === TREES_END) break
    if (line === '') continue
    const equals = line.indexOf('=')
    const key = equals < 0 ? line : line.slice(0, equals)
    if (key === 'Tree') {
      if (line !== `Tree=${trees.length}`) faults.add(`line ${at + 1}`, `expected Tree=${trees.length}`)
      members = new Map()
      trees.push(members)
      continue
    }
    if (members.has(key)) faults.add(`line ${at + 1}`, `there are two lines of ${key}`)
    members.set(key, equals < 0 ? '' : line.slice(equals + 1))
  }
  if (at === lines.length) throw modelFileFault('', `the file is cut off: there is no line "${TREES_END}"`)
  const pandas = lines.slice(at).find((line) => line.startsWith(PANDAS))
  return { head, trees, pandasCategorical: pandas?.slice(PANDAS.length) }
}
