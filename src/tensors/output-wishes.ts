// Which outputs a request asks for, and in which form.

import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import { isOptional } from './output-tensors.ts'

/** An output that can be asked for. */
export interface AvailableOutput {
  readonly name: string
  /** Of one that comes only where it is asked for. */
  readonly classes?: string | undefined
}

export interface OutputWish {
  readonly name: string
  /** As bytes behind the JSON. */
  readonly isBinary: boolean
}

type Members = Readonly<Record<string, unknown>>

/**
 * The outputs in the order of the request. Where it names none these are the labels, and with the request's parameter
 * `probabilities` those of their classes too. Adds a fault for each that is not there, twice there, or ill described.
 */
export function readOutputWishes(
  outputs: unknown,
  parameters: unknown,
  available: readonly AvailableOutput[],
  faults: FaultList,
): OutputWish[] {
  const flags = membersOf(parameters, (detail) => faults.add({ in: 'body', detail: `parameters: ${detail}` }))
  const flag = (members: Members, name: string): boolean | undefined => {
    const value = members[name]
    if (value === undefined || typeof value === 'boolean') return value
    faults.add({ in: 'body', detail: `${name}: expected true or false, got ${shown(value)}` })
    return undefined
  }
  const isBinaryByDefault = flag(flags, 'binary_data_output') ?? false
  const withProbabilities = flag(flags, 'probabilities') ?? false
  if (outputs !== undefined && !Array.isArray(outputs)) {
    faults.add({ in: 'body', detail: `outputs: expected a list of tensors, got ${shown(outputs)}` })
    return []
  }
  if (outputs === undefined || outputs.length === 0) {
    const named = available.filter((output) => withProbabilities || !isOptional(output))
    return named.map(({ name }) => ({ name, isBinary: isBinaryByDefault }))
  }
  const names = new Set(available.map(({ name }) => name))
  const seen = new Set<string>()
  return outputs.flatMap((output: unknown, i): OutputWish[] => {
    const place = `outputs[${i}]`
    const members = membersOf(output, (detail) => faults.add({ in: 'body', detail: `${place}: ${detail}` }))
    const { name } = members
    if (typeof name !== 'string') {
      if (output === members) faults.add({ in: 'body', detail: `${place}: expected a name, got ${shown(name)}` })
      return []
    }
    const refuse = (detail: string): void => faults.add({ in: 'outputs', column: name, detail })
    if (!names.has(name)) refuse(`no such output; expected ${[...names].map(shown).join(', ')}`)
    if (seen.has(name)) refuse('asked for twice')
    seen.add(name)
    const wished = membersOf(members['parameters'], (detail) => refuse(`parameters: ${detail}`))
    if (wished['classification'] !== undefined && wished['classification'] !== 0) {
      refuse(`classification is not given; ask for ${shown(`${name}.probabilities`)}`)
    }
    return [{ name, isBinary: flag(wished, 'binary_data') ?? isBinaryByDefault }]
  })
}

/** The members of an object, none where nothing is given. */
function membersOf(value: unknown, refuse: (detail: string) => void): Members {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  refuse(`expected an object, got ${shown(value)}`)
  return {}
}
