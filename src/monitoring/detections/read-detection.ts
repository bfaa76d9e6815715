// The request of a detection, out of its bytes: two samples, each as rows or as the name of a data set, and the options.
import { Value } from '@sinclair/typebox/value'
import { invalidRequest } from '../../errors.ts'
import { type Fault, FaultList } from '../../model/faults.ts'
import type { ReadTable } from '../../model/read-column.ts'
import { shown } from '../../model/shown.ts'
import type { TableMemory } from '../../model/table-memory.ts'
import type { ByteWindow } from '../../rows/byte-window.ts'
import { expectObject, readMembersOf } from '../../rows/json-body.ts'
import { addMemberFaults } from '../../rows/json-members.ts'
import { JsonReader } from '../../rows/json-reader.ts'
import { JsonRows } from '../../rows/json-rows.ts'
import { MemberFaults } from '../../rows/member-faults.ts'
import { TableAssembler } from '../../rows/table-assembler.ts'
import { addColumnFaults } from './detect-drift.ts'
import { DatasetReference, DetectionOptions, SAMPLES, type SampleName } from './detection-request.ts'

/** Of the options as JSON: the names of ten thousand columns fit. */
const OPTIONS_BYTES_MAX = 2 ** 22
const DATASET_BYTES_MAX = 1_000

export type Sample = { readonly rows: ReadTable } | { readonly datasetId: number }

export interface ReadDetection {
  readonly samples: Readonly<Record<SampleName, Sample>>
  readonly options: DetectionOptions
}

/**
 * Throws ServiceError BODY_MALFORMED where it is no JSON, REQUEST_INVALID with every fault of members, rows and values, and what
 * `memory` throws. O(bytes); holds the rows as columns.
 */
export function readDetection(window: ByteWindow, memory: TableMemory | undefined): ReadDetection {
  const reader = new JsonReader(window)
  expectObject(reader)
  const faults = new MemberFaults()
  const given = new Map<SampleName, GivenSample>()
  let options: unknown = {}
  readMembersOf(reader, (name) => {
    if (isSample(name)) {
      // An earlier one is let go first: there need not be room for both.
      given.delete(name)
      given.set(name, readSample(reader, name, memory))
    } else if (name === 'options') options = reader.readValue(OPTIONS_BYTES_MAX) ?? 'too large'
    else {
      reader.skipValue()
      faults.add({ in: 'body', detail: `unknown member ${shown(name)}; expected ${SAMPLES.join(', ')}, options` })
    }
  })
  reader.expectEnd()
  const known = addMemberFaults(options, DetectionOptions, faults, 'options')
  const [baselineData, currentData] = SAMPLES.map((name) => {
    const sample = given.get(name)
    if (sample === undefined) faults.add({ in: 'body', parameter: name, detail: 'missing' })
    else faults.addAll(sample.faults)
    return sample?.sample
  })
  // Of a data set the columns are not known yet.
  if (baselineData !== undefined && 'rows' in baselineData && baselineData.rows.rowCount > 0) {
    const names = baselineData.rows.columns.map(({ name }) => name)
    addColumnFaults(names, known.columns, faults)
  }
  if (!faults.isEmpty || baselineData === undefined || currentData === undefined) throw invalidRequest(faults)
  return { samples: { baselineData, currentData }, options: known }
}

interface GivenSample {
  readonly sample: Sample | undefined
  readonly faults: FaultList
}

function isSample(name: string): name is SampleName {
  return SAMPLES.some((sample) => sample === name)
}

function readSample(reader: JsonReader, place: SampleName, memory: TableMemory | undefined): GivenSample {
  const faults = new FaultList()
  const expected = 'expected {"rows": […]} or {"dataset": {"id": …}}'
  const type = reader.typeAhead()
  if (type !== 'object') {
    reader.skipValue()
    faults.add({ in: place, detail: `${expected}, got ${type}` })
    return { sample: undefined, faults }
  }
  const found = new Map<string, Sample | undefined>()
  readMembersOf(reader, (name) => {
    if (name === 'rows') {
      found.delete(name)
      found.set(name, readRows(reader, place, faults, memory))
    } else if (name === 'dataset') found.set(name, readReference(reader, place, faults))
    else {
      reader.skipValue()
      faults.add({ in: place, detail: `unknown member ${shown(name)}; ${expected}` })
    }
  })
  if (found.size !== 1) faults.add({ in: place, detail: `${expected}, got ${found.size === 0 ? 'neither' : 'both'}` })
  return { sample: [...found.values()][0], faults }
}

function readRows(
  reader: JsonReader,
  place: SampleName,
  faults: FaultList,
  memory: TableMemory | undefined,
): Sample | undefined {
  const type = reader.typeAhead()
  if (type !== 'array') {
    reader.skipValue()
    faults.add({ in: place, parameter: 'rows', detail: `expected a list of rows, got ${type}` })
    return undefined
  }
  const assembler = new TableAssembler(() => 'features', memory)
  new JsonRows(reader, assembler, 'features').readList()
  const { table, faults: ofRows } = assembler.finish()
  const listed = ofRows.listed.map((fault): Fault => ({ ...fault, in: place }))
  faults.addAll({ listed, count: ofRows.count })
  if (table.rowCount === 0) {
    faults.add({ in: place, parameter: 'rows', detail: 'expected at least one row, got none' })
  }
  return { rows: table }
}

function readReference(reader: JsonReader, place: SampleName, faults: FaultList): Sample | undefined {
  const value = reader.readValue(DATASET_BYTES_MAX)
  if (Value.Check(DatasetReference, value)) return { datasetId: value.id }
  faults.add({ in: place, parameter: 'dataset', detail: 'expected the id of a data set: {"id": 17}' })
  return undefined
}
