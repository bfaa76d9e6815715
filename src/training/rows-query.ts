// What the query says of rows that come without a JSON object around them.
import type { FaultList } from '../model/faults.ts'
import type { RowsForm } from '../rows/forms.ts'

/** As it came. */
export interface GivenRowsQuery {
  readonly labels?: string | undefined
  readonly parameters?: string | undefined
  readonly validation_split?: string | undefined
  readonly split_seed?: string | undefined
}

/** Plain data. */
export interface RowsQuery {
  /** Undefined where the query does not say. */
  readonly labelNames: readonly string[] | undefined
  /** As a JSON body would have them. */
  readonly parameters: unknown
  readonly validationSplit: unknown
  readonly splitSeed?: unknown
}

/** Adds a fault for each part that cannot be read, and for each that a JSON body has itself. */
export function readRowsQuery(given: GivenRowsQuery, form: RowsForm, faults: FaultList): RowsQuery {
  const [labels, parameters] = [given.labels, given.parameters].map(oneText)
  if (form === 'json') {
    for (const parameter of ['labels', 'parameters', 'validation_split', 'split_seed'] as const) {
      if (given[parameter] === undefined) continue
      faults.add({ in: 'query', parameter, detail: 'with application/json it stands in the body' })
    }
    return { labelNames: undefined, parameters: undefined, validationSplit: undefined }
  }
  return {
    labelNames: labels === undefined ? undefined : labelNamesOf(labels, faults),
    parameters: parameters === undefined ? undefined : parametersOf(parameters, faults),
    validationSplit: numberIn(given.validation_split),
    splitSeed: numberIn(given.split_seed),
  }
}

/** The number that a part reads as; else the part as it is. */
function numberIn(given: unknown): unknown {
  const text = oneText(given)
  return text === undefined || text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

/** A part that is there several times is a fault already. */
function oneText(part: unknown): string | undefined {
  return typeof part === 'string' ? part : undefined
}

/** Names with commas between them, or a JSON list of names. */
function labelNamesOf(text: string, faults: FaultList): string[] {
  if (!text.startsWith('[')) return [...new Set(text.split(','))]
  try {
    const names: unknown = JSON.parse(text)
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return [...new Set(names)]
  } catch {}
  faults.add({ in: 'query', parameter: 'labels', detail: 'expected column names, as a,b or as ["a","b"]' })
  return []
}

function parametersOf(text: string, faults: FaultList): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    faults.add({ in: 'query', parameter: 'parameters', detail: `expected a JSON object: ${(error as Error).message}` })
    return undefined
  }
}
