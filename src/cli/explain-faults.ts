// Faults of rows and parameters in the words of the command line: a line for each, under the option that it is about.
import type { ServiceError } from '../errors.ts'
import { countOf, type Fault, type Faults } from '../model/faults.ts'

const OPTIONS: Readonly<Record<string, string>> = {
  labels: '--label',
  features: '--data',
  body: '--data',
  parameters: '--parameters',
  validation_split: '--validation-split',
  split_seed: '--split-seed',
  split_by: '--split-by',
  weights: '--weights',
  cross_validation: '--cross-validation',
  calibration: '--calibration',
  threshold: '--threshold',
  na_values: '--na-values',
  column_types: '--column-types',
  extra_columns: '--extra-columns',
  separator: '--separator',
  decimal: '--decimal',
  quote: '--quote',
  encoding: '--encoding',
  sheet: '--sheet',
}

export function explainServiceError({ message, faults, faultCount }: ServiceError): string {
  return faults.length === 0 ? message : explainFaults({ listed: faults, count: faultCount })
}

/** Counted as an answer of the service counts them, and rows from 0 as there; then every one that is listed. */
export function explainFaults(faults: Faults): string {
  const rows = faults.listed.some(({ row }) => row !== undefined) ? '; rows count from 0' : ''
  return [`${countOf(faults)}${rows}:`, ...faults.listed.map((fault) => `  ${lineOf(fault)}`)].join('\n')
}

function lineOf({ in: place, row, column, parameter, detail }: Fault): string {
  const option = OPTIONS[place === 'query' ? (parameter ?? '') : place] ?? place
  const parts = [
    row === undefined ? '' : `row ${row}`,
    column === undefined ? '' : `column ${JSON.stringify(column)}`,
    place === 'query' ? '' : (parameter ?? ''),
  ].filter((part) => part !== '')
  return `${option}: ${[...parts, detail].join(', ')}`
}
