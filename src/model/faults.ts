// What can be wrong with rows and parameters, gathered until all of it is known.
import { clipped } from './shown.ts'

/** The member of the body that a fault is in, or another part of the request. */
export const FAULT_PLACES = [
  'path',
  'query',
  'header',
  'body',
  'parameters',
  'features',
  'labels',
  'validation_split',
  'split_seed',
  'split_by',
  'weights',
  'cross_validation',
  'calibration',
  'threshold',
  'search',
  'inputs',
  'outputs',
  'baselineData',
  'currentData',
  'model',
  'options',
  'golden',
] as const

/** One thing that is wrong, and where. Rows count from 0. */
export interface Fault {
  readonly in: (typeof FAULT_PLACES)[number]
  readonly row?: number
  readonly column?: string
  readonly parameter?: string
  readonly detail: string
}

/** Faults that are listed one by one; beyond it they are only counted, so that an answer has a bound. */
const LISTED_MAX = 100

/** Characters of a column or a parameter, and of what is wrong with it: names are the caller's, and may be of any length. */
const NAME_LENGTH_MAX = 255
const DETAIL_LENGTH_MAX = 2000

/** What JSON calls a value that its column does not take; `absent` where no row has the column. */
export const GOT_TYPES = ['string', 'number', 'boolean', 'array', 'object', 'absent'] as const
export type GotType = (typeof GOT_TYPES)[number]

/** A column that has another type than it should. */
export interface WrongType {
  readonly column: string
  readonly got: GotType
}

/** Collects faults: the first hundred as they are, with long texts cut short, the rest as a count. */
export class FaultList {
  readonly listed: Fault[] = []
  count = 0
  /** Each column and type once, those of faults that are only counted too; a hundred at the most. */
  readonly wrongTypes: WrongType[] = []

  /** got: of a fault of the type of a column. */
  add(fault: Fault, got?: GotType): void {
    this.count += 1
    if (this.listed.length < LISTED_MAX) this.listed.push(cutShort(fault))
    if (got !== undefined && fault.column !== undefined) this.addType(clipped(fault.column, NAME_LENGTH_MAX), got)
  }

  /** Adds those of another list, those that it only counted too. */
  addAll({ listed, count, wrongTypes = [] }: Faults): void {
    for (const fault of listed) this.add(fault)
    this.count += count - listed.length
    for (const { column, got } of wrongTypes) this.addType(column, got)
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  private addType(column: string, got: GotType): void {
    const isKnown = this.wrongTypes.some((known) => known.column === column && known.got === got)
    if (!isKnown && this.wrongTypes.length < LISTED_MAX) this.wrongTypes.push({ column, got })
  }
}

function cutShort(fault: Fault): Fault {
  const { column, parameter, detail } = fault
  return {
    ...fault,
    ...(column === undefined ? {} : { column: clipped(column, NAME_LENGTH_MAX) }),
    ...(parameter === undefined ? {} : { parameter: clipped(parameter, NAME_LENGTH_MAX) }),
    detail: clipped(detail, DETAIL_LENGTH_MAX),
  }
}

/** Rows that a pipeline or a model class cannot take. */
export class RowsError extends Error {
  override readonly name = 'RowsError'
  readonly faults: FaultList
  constructor(faults: FaultList) {
    super(summaryOf(faults))
    this.faults = faults
  }
}

/** Some faults, and how many there are with those that are not listed. */
export interface Faults {
  readonly listed: readonly Fault[]
  readonly count: number
  readonly wrongTypes?: readonly WrongType[]
}

/** `5 faults`, or `150 faults (50 of them not listed)`. */
export function countOf({ listed, count }: Faults): string {
  const more = count - listed.length
  return `${count === 1 ? '1 fault' : `${count} faults`}${more > 0 ? ` (${more} of them not listed)` : ''}`
}

/** How many there are, and the first three. */
export function summaryOf(faults: Faults): string {
  const first = faults.listed.slice(0, 3).map((fault) => `${placeOf(fault)}: ${fault.detail}`)
  return `${countOf(faults)}: ${first.join('; ')}${faults.count > 3 ? '; …' : ''}`
}

/** Where it is, as a line of text says it. */
export function placeOf(fault: Fault): string {
  const parts = [
    fault.in,
    fault.row === undefined ? '' : `row ${fault.row}`,
    fault.column === undefined ? '' : `column ${JSON.stringify(fault.column)}`,
    fault.parameter ?? '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}
