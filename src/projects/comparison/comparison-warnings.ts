// Why the answer of a comparison may mislead.
import type { Dataset } from '../../datasets/dataset.ts'
import type { Version } from '../project.ts'
import { isImported } from '../versions/version-request.ts'
import type { ComparedLabel, JudgedVersion } from './comparison-messages.ts'

export const COMPARISON_WARNINGS = [
  'TRAINED_ON_THESE_ROWS',
  'TRAINING_ROWS_UNKNOWN',
  'FEW_ROWS',
  'WEIGHTS_NOT_USED',
  'ROWS_IN_TIME',
] as const

export interface ComparedVersion {
  readonly version: Version
  readonly judged: JudgedVersion
}

export interface ComparisonWarning {
  readonly code: (typeof COMPARISON_WARNINGS)[number]
  readonly message: string
}

const UNKNOWN =
  'may have been trained on some of these rows: its data set is gone or has lost rows, or has so few distinct rows that equal ones tell nothing'

const UNKNOWN_OF_FILE = 'was imported: whether it was trained on some of these rows is not known'

/** Of the versions as they were judged on rows of the data set. */
export function warningsOf(
  compared: readonly ComparedVersion[],
  dataset: Dataset,
  labels: readonly ComparedLabel[],
  areHeldOut: boolean,
): ComparisonWarning[] {
  const versions = compared.map(({ version }) => version)
  const warnings: ComparisonWarning[] = []
  const numbersOf = (isMeant: (version: Version) => boolean): string =>
    versions
      .filter(isMeant)
      .map(({ version }) => version)
      .join(', ')
  const warn = (code: ComparisonWarning['code'], versionNumbers: string, message: string): void => {
    if (versionNumbers !== '') warnings.push({ code, message: `version ${versionNumbers} ${message}` })
  }
  for (const { version, judged } of areHeldOut ? [] : compared) {
    const isOfTheseRows = version.datasetSha256 === dataset.sha256 || version.datasetId === dataset.datasetId
    const { learntCount, rowCount } = judged
    if (isImported(version)) warn('TRAINING_ROWS_UNKNOWN', String(version.version), UNKNOWN_OF_FILE)
    else if (learntCount === undefined && !isOfTheseRows) {
      warn('TRAINING_ROWS_UNKNOWN', String(version.version), UNKNOWN)
    } else if (learntCount !== 0) {
      const rows = learntCount === undefined ? 'rows of this very data set' : `${learntCount} of these ${rowCount} rows`
      warn('TRAINED_ON_THESE_ROWS', String(version.version), `was trained on ${rows}: it looks better here than it is`)
    }
  }
  warn(
    'WEIGHTS_NOT_USED',
    numbersOf(({ request: { options } }) => options['weights'] !== undefined),
    'was trained with weights; here every row counts the same',
  )
  const isOfTime = versions.some(({ request: { options } }) => isTimeSplit(options['split_by']))
  if (isOfTime) {
    const message = 'rows that follow one another in time may depend on each other: intervals may be too narrow'
    warnings.push({ code: 'ROWS_IN_TIME', message })
  }
  const [few] = labels.filter(({ comparison }) => comparison.replicates === 0)
  if (few !== undefined) {
    const what = few.groupCount === undefined ? 'rows' : 'groups of rows'
    const message = `there are only ${few.comparison.unitCount} ${what}: too few for intervals and tests`
    warnings.push({ code: 'FEW_ROWS', message })
  }
  return warnings
}

function isTimeSplit(splitBy: unknown): boolean {
  return typeof splitBy === 'object' && splitBy !== null && (splitBy as Record<string, unknown>)['as'] === 'time'
}
