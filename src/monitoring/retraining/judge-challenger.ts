// Challenger against champion on the same labelled rows: better only where the paired test says so.
import type { DataSets } from '../../datasets/data-sets.ts'
import { ServiceError } from '../../errors.ts'
import type { PairMetric } from '../../learning/comparison/compare.ts'
import type { Comparisons, VersionComparison } from '../../projects/comparison/comparisons.ts'
import { verdictOf } from '../../projects/comparison/verdict.ts'
import type { Retraining, RetrainingComparison } from './retraining.ts'
import type { RetrainingEnd } from './retrainings-table.ts'

export interface JudgeParts {
  readonly comparisons: Pick<Comparisons, 'compare'>
  readonly dataSets: Pick<DataSets, 'newest'>
}

/** What says that there are no rows to judge on: a person decides then. */
const NOT_COMPARABLE: readonly string[] = [
  'VERSIONS_NOT_COMPARABLE',
  'DATASET_UNKNOWN',
  'DATASET_DELETED',
  'DATASET_CHANGED',
]

/** Throws ServiceError where it cannot be said now, or the rows are at fault. */
export async function judgeChallenger(
  { comparisons, dataSets }: JudgeParts,
  { projectId, policy, heldBackDatasetId }: Retraining,
  challenger: number,
  champion: number,
): Promise<RetrainingEnd> {
  const project = String(projectId)
  try {
    const { evaluationDataset: name } = policy
    const ofName = heldBackDatasetId !== null || name === null ? undefined : (await dataSets.newest(name)).datasetId
    const datasetId = heldBackDatasetId ?? ofName
    const asked = { project, versions: [challenger, champion], datasetId, metric: undefined }
    // Rows out of the log are held back before any of them is learnt.
    return endOf(await comparisons.compare(asked), challenger, champion, heldBackDatasetId !== null)
  } catch (error) {
    if (!(error instanceof ServiceError) || !NOT_COMPARABLE.includes(error.code)) throw error
    return { outcome: 'not_comparable', finding: error.message }
  }
}

function endOf(compared: VersionComparison, challenger: number, champion: number, areHeldBack: boolean): RetrainingEnd {
  const { areHeldOut, versions, labels, deciding, dataset } = compared
  const judged = versions[0]?.judged
  if (!areHeldOut && !areHeldBack && judged?.learntCount !== 0) {
    const rows = judged?.learntCount === undefined ? 'may have been' : 'was'
    const finding = `version ${challenger} ${rows} trained on rows of data set ${dataset.datasetId}, on which it is to be judged`
    return { outcome: 'not_comparable', finding }
  }
  const label = labels[deciding.label]
  const pair = label?.comparison.pairs[0]?.metrics.find(({ name }) => name === deciding.metric) as PairMetric
  const verdict = verdictOf(pair, deciding.isLowerBetter)
  const comparison: RetrainingComparison = {
    datasetId: dataset.datasetId,
    rowCount: judged?.rowCount ?? 0,
    label: label?.label ?? '',
    metric: deciding.metric,
    champion,
    challenger,
    difference: pair.difference,
    pValue: pair.adjustedP ?? null,
    verdict,
  }
  const p = pair.adjustedP === undefined ? 'no test, for there are too few rows' : `p ${short(pair.adjustedP)}`
  const learntCount = areHeldOut ? 0 : (versions[1]?.judged.learntCount ?? 0)
  const learnt = learntCount > 0 ? `, of which version ${champion} has learnt ${learntCount}` : ''
  const difference = `${deciding.metric} differs by ${short(pair.difference)} (${p}, ${comparison.rowCount} rows${learnt})`
  if (verdict === 'better') {
    return {
      outcome: 'promoted',
      finding: `version ${challenger} beats version ${champion}: ${difference}`,
      comparison,
    }
  }
  const words = verdict === 'worse' ? 'is worse than' : 'is not shown to be better than'
  return { outcome: 'kept', finding: `version ${challenger} ${words} version ${champion}: ${difference}`, comparison }
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
