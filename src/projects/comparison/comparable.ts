// Whether versions held out the same rows, as far as what they were asked for tells it.
import type { ServiceError } from '../../errors.ts'
import type { Version } from '../project.ts'
import { notComparable } from './judged-answers.ts'

/** What decides which rows are held out, and what they are judged by: the words for it, and its value. */
const PARTS: readonly (readonly [name: string, of: (version: Version) => unknown])[] = [
  ['the data set', ({ datasetId }) => datasetId],
  ['the content of the data set', ({ datasetSha256 }) => datasetSha256],
  ['validation_split', ({ request: { options } }) => options['validation_split'] ?? null],
  ['split_seed', ({ splitSeed }) => splitSeed],
  ['split_by', ({ request: { options } }) => options['split_by'] ?? null],
]
const LABELS = 'the labels'
const OTHER_ROWS =
  'name a data set that none of them was trained on (dataset=ID), or train them again with the same rows held out'

/**
 * Undefined where all versions held out the same rows. labelsOf: the label columns of a version, as its training had them.
 */
export function heldOutOtherwise(
  versions: readonly Version[],
  labelsOf: (version: Version) => readonly string[],
): ServiceError | undefined {
  const without = versions.filter(({ request: { options } }) => !options['validation_split'])
  if (without.length > 0) {
    const names = without.map(({ version }) => version).join(', ')
    return notComparable(`no rows were held out by version ${names} (validation_split); ${OTHER_ROWS}`)
  }
  const parts = [...PARTS, [LABELS, (version: Version) => [...labelsOf(version)].sort()] as const]
  const differing = parts.flatMap(([name, of]) => {
    const values = versions.map((version) => JSON.stringify(of(version)))
    if (new Set(values).size === 1) return []
    return `${name} (${versions.map(({ version }, i) => `version ${version}: ${values[i]}`).join(', ')})`
  })
  if (differing.length === 0) return undefined
  return notComparable(
    `the versions held out other rows. They differ in ${differing.join('; ')}. ${capital(OTHER_ROWS)}`,
  )
}

/** Undefined where all versions predict the same labels. */
export function otherLabels(
  versions: readonly Version[],
  labelsOf: (version: Version) => readonly string[],
): ServiceError | undefined {
  const values = versions.map((version) => JSON.stringify([...labelsOf(version)].sort()))
  if (new Set(values).size === 1) return undefined
  return notComparable(
    `the versions predict other labels: ${versions.map(({ version }, i) => `version ${version} ${values[i]}`).join(', ')}`,
  )
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
