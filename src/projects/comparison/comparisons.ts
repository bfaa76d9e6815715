// Comparisons of versions as routes ask for them: the same rows, predicted by each, and what the answers say.

import type { DataSets } from '../../datasets/data-sets.ts'
import type { Dataset } from '../../datasets/dataset.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import type { TrainingHead } from '../../intake/read-training.ts'
import { FaultList } from '../../model/faults.ts'
import { isLowerBetter } from '../../model/scoring.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import { BodyFile, bytesOf } from '../../rows/body-file.ts'
import type { Project, Version } from '../project.ts'
import type { Projects } from '../projects.ts'
import { usualOf } from '../versions/leaderboard.ts'
import { isImported } from '../versions/version-request.ts'
import type { Versions } from '../versions/versions.ts'
import { heldOutOtherwise, otherLabels } from './comparable.ts'
import type { ComparedLabel, JudgedVersion, JudgeQuestion, TrainingRows } from './comparison-messages.ts'
import { type ComparedVersion, type ComparisonWarning, warningsOf } from './comparison-warnings.ts'
import type { ComparisonTurn, ComparisonWorker } from './comparison-worker.ts'
import { type Differences, differencesOf } from './differences.ts'

export interface ComparisonsParts {
  readonly projects: Projects
  readonly versions: Versions
  readonly dataSets: Pick<DataSets, 'find' | 'findContent' | 'fetch'>
  readonly predictor: Pick<Predictor, 'finishedRun'>
  readonly worker: ComparisonWorker
}

export interface ComparisonAsked {
  readonly project: string
  /** Numbers of 2 to 10 versions. */
  readonly versions: readonly number[]
  /** Undefined: the rows that all of them held out. */
  readonly datasetId: number | undefined
  /** Which metric decides; undefined is that of the project, or the usual one. */
  readonly metric: string | undefined
}

export interface VersionComparison {
  readonly project: Project
  readonly dataset: Dataset
  readonly areHeldOut: boolean
  readonly versions: readonly ComparedVersion[]
  readonly labels: readonly ComparedLabel[]
  /** What decides, and of which label. */
  readonly deciding: { readonly label: number; readonly metric: string; readonly isLowerBetter: boolean }
  readonly differences: Differences
  readonly warnings: readonly ComparisonWarning[]
}

export const COMPARED_MAX = 10

export class Comparisons {
  private readonly parts: ComparisonsParts

  constructor(parts: ComparisonsParts) {
    this.parts = parts
  }

  /** Throws ServiceError: VERSIONS_NOT_COMPARABLE, what stands against a version, its run, the data set, or the rows. */
  async compare(asked: ComparisonAsked): Promise<VersionComparison> {
    const { projects, versions: all, dataSets, worker } = this.parts
    const project = await projects.find(asked.project)
    requireDistinct(asked.versions)
    const versions = await Promise.all(asked.versions.map((version) => all.require(project, version)))
    const labelsOf = await this.labelsOf(versions)
    const areHeldOut = asked.datasetId === undefined
    const refusal = areHeldOut ? heldOutOtherwise(versions, labelsOf) : otherLabels(versions, labelsOf)
    if (refusal !== undefined) throw refusal
    const [first] = versions as [Version, ...Version[]]
    const dataset = await dataSets.findContent(asked.datasetId ?? first.datasetId)
    if (areHeldOut && dataset.sha256 !== first.datasetSha256) {
      const detail = `rows of data set ${dataset.datasetId} were erased since the versions were trained from it`
      throw new ServiceError('DATASET_CHANGED', detail)
    }
    return worker.inTurn(async (turn) => {
      const body = await dataSets.fetch(dataset.storageKey)
      try {
        const compared: ComparedVersion[] = []
        for (const version of versions) {
          const head = headOf(version, dataset, labelsOf(version), areHeldOut)
          const rows = { head, body: bytesOf(body), areAllRows: !areHeldOut }
          const judged = await this.withTrainingRows(version, areHeldOut ? undefined : dataset, labelsOf, (training) =>
            this.judge(turn, version, { ...rows, training }),
          )
          compared.push({ version, judged })
        }
        const labels = await turn.compare()
        return {
          project,
          dataset,
          areHeldOut,
          versions: compared,
          labels,
          deciding: decidingOf(labels, asked.metric, project.metric),
          differences: differencesOf(
            versions,
            compared.map(({ judged: { features } }) => features),
          ),
          warnings: warningsOf(compared, dataset, labels, areHeldOut),
        }
      } finally {
        if (body instanceof BodyFile) await body.answered()
      }
    })
  }

  private async judge(
    turn: ComparisonTurn,
    { version, runId }: Version,
    given: Omit<JudgeQuestion, 'version' | 'runId' | 'module' | 'artifact'>,
  ): Promise<JudgedVersion> {
    const { module, artifact: source } = await this.parts.predictor.finishedRun(runId)
    // What the cache keeps is copied, what is read for this alone is given away.
    const isKept = typeof source !== 'function'
    const artifact = isKept ? source : await source()
    return turn.judge({ version, runId, module, artifact, ...given }, isKept ? [] : [artifact.buffer as ArrayBuffer])
  }

  /**
   * Does the work with what the version was trained from: undefined without a data set to look for it in, where the content
   * is gone, or has lost rows since, and of an import, whose data set is that of its golden rows.
   */
  private async withTrainingRows<T>(
    version: Version,
    judgedOn: Dataset | undefined,
    labelsOf: (version: Version) => readonly string[],
    work: (training: TrainingRows | undefined) => Promise<T>,
  ): Promise<T> {
    if (isImported(version)) return work(undefined)
    const { dataSets } = this.parts
    const { datasetId, datasetSha256 } = version
    const { storageKey, ...dataset } = await dataSets.find(datasetId)
    if (judgedOn === undefined || storageKey === null || dataset.sha256 !== datasetSha256) return work(undefined)
    const body = await dataSets.fetch(storageKey)
    try {
      const head = headOf(version, dataset, labelsOf(version), true)
      return await work({ head, body: bytesOf(body), isSame: judgedOn.sha256 === datasetSha256 })
    } finally {
      if (body instanceof BodyFile) await body.answered()
    }
  }

  /** Where a training names no labels, it has those of its data set. */
  private async labelsOf(versions: readonly Version[]): Promise<(version: Version) => readonly string[]> {
    const ids = [...new Set(versions.map(({ datasetId }) => datasetId))]
    const sets = new Map(await Promise.all(ids.map(async (id) => [id, await this.parts.dataSets.find(id)] as const)))
    return ({ request: { labels }, datasetId }) => (labels.length > 0 ? labels : (sets.get(datasetId)?.labels ?? []))
  }
}

function requireDistinct(versions: readonly number[]): void {
  const faults = new FaultList()
  const refuse = (detail: string): void => faults.add({ in: 'query', parameter: 'versions', detail })
  if (new Set(versions).size < versions.length) refuse('a version stands there twice')
  if (versions.length < 2 || versions.length > COMPARED_MAX) {
    refuse(`expected 2 to ${COMPARED_MAX} numbers of versions with commas between, got ${versions.length}`)
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
}

/** What its training said of the rows. Weights count for a training, not here. */
function headOf(
  { request, parameters, splitSeed }: Version,
  dataset: Omit<Dataset, 'storageKey'>,
  labels: readonly string[],
  areHeldOut: boolean,
): TrainingHead {
  const { options, modelName } = request
  const splitBy = options['split_by']
  // Of other rows the groups are wanted, not the split.
  const isGrouped = dataset.columns.some(({ name }) => name === columnOf(splitBy))
  const split = areHeldOut
    ? { validationSplit: options['validation_split'], splitSeed: splitSeed ?? undefined, splitBy }
    : { validationSplit: isGrouped ? 0.5 : undefined, splitBy: isGrouped ? splitBy : undefined }
  return {
    modelName,
    runId: 0,
    form: dataset.form,
    query: {
      labelNames: labels.length > 0 ? labels : undefined,
      parameters: parameters ?? request.parameters,
      ...split,
      naValues: options['na_values'],
      columnTypes: options['column_types'],
      dialect: dataset.dialect,
    },
    dataset: { datasetId: dataset.datasetId, featureNames: undefined, correlationId: undefined },
    faults: { listed: [], count: 0 },
  }
}

function columnOf(splitBy: unknown): unknown {
  return typeof splitBy === 'object' && splitBy !== null ? (splitBy as Record<string, unknown>)['column'] : splitBy
}

function decidingOf(
  labels: readonly ComparedLabel[],
  asked: string | undefined,
  ofProject: string | null,
): VersionComparison['deciding'] {
  const there = labels.flatMap((label, i) =>
    (label.comparison.pairs[0]?.metrics ?? []).map(({ name }) => ({
      label: i,
      metric: name,
      shown: labels.length > 1 ? `${label.label}.${name}` : name,
    })),
  )
  const find = (name: string | null | undefined) => there.find(({ shown, metric }) => shown === name || metric === name)
  const wanted = find(asked?.replace(/^validation_/, ''))
  if (asked !== undefined && wanted === undefined) {
    const faults = new FaultList()
    const names = there.map(({ shown }) => shown).join(', ')
    faults.add({ in: 'query', parameter: 'metric', detail: `not all versions have this metric; there are ${names}` })
    throw invalidRequest(faults)
  }
  const usual = usualOf(there.map(({ metric }) => metric))
  const chosen = wanted ?? find(ofProject?.replace(/^validation_/, '')) ?? find(usual) ?? there[0]
  if (chosen === undefined) throw new ServiceError('VERSIONS_NOT_COMPARABLE', 'the versions have no metric in common')
  const { label, metric } = chosen
  return { label, metric, isLowerBetter: isLowerBetter(metric) }
}
