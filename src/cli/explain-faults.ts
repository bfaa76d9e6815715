// Faults of rows and parameters in the words of the command line: a line for each, under the option that it is about.
import type { ServiceError } from '../errors.ts'
import type { Fault } from '../model/faults.ts'

const OPTIONS: Readonly<Record<string, string>> = {
  labels: '--label',
  features: '--data',
  body: '--data',
  parameters: '--parameters',
  validation_split: '--validation-split',
  split_seed: '--split-seed',
  na_values: '--na-values',
  column_types: '--column-types',
  extra_columns: '--extra-columns',
  separator: '--separator',
  decimal: '--decimal',
}

export function explainServiceError({ message, faults }: ServiceError): string {
  if (faults.length === 0) return message
  const counted = faults.length === 1 ? 'something is wrong:' : `${faults.length} things are wrong:`
  return [counted, ...faults.map((fault) => `  ${lineOf(fault)}`)].join('\n')
}

function lineOf({ in: place, row, column, parameter, detail }: Fault): string {
  const option = OPTIONS[place === 'query' ? (parameter ?? '') : place] ?? place
  const parts = [
    row === undefined ? '' : `row ${row + 1}`,
    column === undefined ? '' : `column ${JSON.stringify(column)}`,
    place === 'query' ? '' : (parameter ?? ''),
  ].filter((part) => part !== '')
  return `${option}: ${[...parts, detail].join(', ')}`
}
