// Faults of rows and parameters in the words of the command line: a line for each, under the option that it is about.
import type { ServiceError } from '../errors.ts'
import { countOf, type Fault, type Faults } from '../model/faults.ts'
import type { Command } from './command.ts'

type OptionsOf = Pick<Command, 'options'>

/** Options of another name than the parameter or the place of a fault; that which the command has is meant. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  body: ['data'],
  dataset: ['dataset-id'],
  dataset_name: ['dataset'],
  delivery_id: ['delivery'],
  deployment_id: ['id'],
  events: ['event'],
  explain_class: ['class'],
  features: ['data'],
  labels: ['label'],
  mail_to: ['mail'],
  model_name: ['model'],
  model_run_id: ['run'],
  overlap_seconds: ['overlap'],
  project: ['name'],
  projects: ['project'],
  tags: ['tag'],
  webhook_id: ['id'],
}
/** Of a request as a whole: what is wrong there is said by its parameter. */
const PLACES: ReadonlySet<string> = new Set(['path', 'query', 'header', 'body'])

export function explainServiceError({ message, faults, faultCount }: ServiceError, command: OptionsOf): string {
  return faults.length === 0 ? message : explainFaults({ listed: faults, count: faultCount }, command)
}

/** Counted as an answer of the service counts them, and rows from 0 as there; then every one that is listed. */
export function explainFaults(faults: Faults, command: OptionsOf): string {
  const rows = faults.listed.some(({ row }) => row !== undefined) ? '; rows count from 0' : ''
  return [`${countOf(faults)}${rows}:`, ...faults.listed.map((fault) => `  ${lineOf(fault, command)}`)].join('\n')
}

/** Whether options of the command are wrong, and nothing else is: no row, and no parameter of a model. */
export function isWrongCall(faults: readonly Fault[], command: OptionsOf): boolean {
  const isOfOption = (fault: Fault): boolean =>
    PLACES.has(fault.in) && fault.parameter !== undefined && optionOf(fault, command) !== undefined
  return faults.length > 0 && faults.every(isOfOption)
}

function lineOf(fault: Fault, command: OptionsOf): string {
  const { in: place, row, column, parameter, detail } = fault
  const found = optionOf(fault, command)
  const parts = [
    row === undefined ? '' : `row ${row}`,
    column === undefined ? '' : `column ${JSON.stringify(column)}`,
    found === undefined ? (parameter ?? '') : found.rest,
  ].filter((part) => part !== '')
  return `${found === undefined ? place : `--${found.option}`}: ${[...parts, detail].join(', ')}`
}

/** The option that a fault is about, and what of its value; undefined where the command has none for it. */
function optionOf(
  { in: place, parameter }: Fault,
  { options }: OptionsOf,
): { option: string; rest: string } | undefined {
  const named = parameter === undefined ? [] : parameter.split('.')
  const words = PLACES.has(place) && named.length > 0 ? named : [place, ...named]
  for (const [i, word] of words.entries()) {
    const names = [word.replaceAll('_', '-'), ...(Object.hasOwn(OTHER_NAMES, word) ? (OTHER_NAMES[word] ?? []) : [])]
    const option = names.find((name) => Object.hasOwn(options, name))
    if (option === undefined) continue
    // Which one of a list is wrong, no option says: its value does, in the detail.
    const rest = words.slice(i + 1).filter((each) => !/^\d+$/.test(each))
    return { option, rest: rest.join('.') }
  }
  return undefined
}
