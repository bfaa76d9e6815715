// The room of projects: named uses of models, their versions, and the aliases of these.
import type { Audit } from '../audit/audit.ts'
import type { DataSets } from '../datasets/data-sets.ts'
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import type { Notifications } from '../notifications/open-notifications.ts'
import type { PredictionApi } from '../prediction/open-prediction.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Opened } from '../room.ts'
import type { RunReader } from '../runs/run-reader.ts'
import type { Signatures } from '../signing/signatures.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { evaluationsIn } from '../training-summary/search-report.ts'
import { Aliases } from './aliases.ts'
import { projectCheck } from './check-project.ts'
import { ComparisonWorker } from './comparison/comparison-worker.ts'
import { Comparisons } from './comparison/comparisons.ts'
import { Manifests } from './manifests/manifests.ts'
import { Projects } from './projects.ts'
import type { Approvals } from './reviews/approvals.ts'
import { Reviews } from './reviews/reviews.ts'
import { projectRoutes } from './routes.ts'
import { type TakesWeights, takesWeightsBy } from './takes-weights.ts'
import { outcomeOfRun } from './versions/outcome-of-run.ts'
import { TrainingEnds } from './versions/training-ends.ts'
import { VersionTrainings } from './versions/version-trainings.ts'
import { Versions } from './versions/versions.ts'

/** How late a version may be whose worker was killed between the end of its run and its number. */
const SWEEP_EVERY_SECONDS = 60
const RECOVERY_MS = 60_000

interface ProjectsNeeds {
  readonly audit: Audit
  readonly registry: ModelRegistry
  readonly dataSets: DataSets
  readonly training: TrainingApi
  readonly runs: RunReader
  readonly prediction: PredictionApi
  readonly signatures: Signatures
  readonly notices: Notifications
}

/** What other rooms may ask. */
export interface ProjectsApi {
  readonly projects: Projects
  readonly versions: Versions
  readonly aliases: Aliases
  readonly manifests: Manifests
  readonly approvals: Approvals
  readonly trainings: VersionTrainings
  readonly reviews: Reviews
  readonly comparisons: Comparisons
  readonly takesWeights: TakesWeights
}

export async function openProjects(
  { config, pool, ownSchema, keys, jobs, budget, log }: Foundation,
  { audit, registry, dataSets, training, runs, prediction: { predictor }, signatures, notices }: ProjectsNeeds,
): Promise<Opened<ProjectsApi>> {
  const projects = new Projects({ ownSchema, audit, check: projectCheck({ registry, dataSets }) })
  const versions = new Versions(ownSchema, projects)
  const aliases = new Aliases({ ownSchema, audit, projects, versions })
  const worker = new ComparisonWorker(budget, log)
  const comparisons = new Comparisons({ projects, versions, dataSets, predictor, worker })
  const mayReviewSelf = config.REVIEW_SELF === 'allow'
  const reviews = new Reviews({ ownSchema, audit, notices, projects, versions, mayReviewSelf })
  const results = new StoredResults(pool, keys)
  const ends = new TrainingEnds({
    ownSchema,
    audit,
    outcomeOf: (runId) => outcomeOfRun({ runs, results }, runId),
    signatures,
    reviews,
    notices,
    log,
  })
  const trainings = new VersionTrainings({
    ownSchema,
    audit,
    projects,
    versions,
    dataSets,
    train: training.trainDataset,
    evaluationsOf: async (runId) => evaluationsIn(await runs.search(runId)),
    ends,
  })
  notices.leaveRunEndsTo((runId) => trainings.isOfProject(runId))
  const manifests = new Manifests({ ownSchema, audit, projects, versions, results, signatures })
  training.events.on((event) => {
    if (event.type === 'ended' || event.type === 'dropped') ends.runEnded(event.runId)
  })
  jobs.repeat('project-trainings', { everySeconds: SWEEP_EVERY_SECONDS }, (signal) => ends.sweep(signal))
  const room = {
    name: 'projects',
    routes: projectRoutes({ projects, aliases, versions, trainings, comparisons, manifests, reviews }),
    async recover() {
      // What a worker that was killed left; where the schema is away now, the job does it.
      if (!(await ownSchema.isUsable())) return
      await ends.sweep(AbortSignal.timeout(RECOVERY_MS)).catch((error) => {
        log.warn({ err: error }, 'what trainings mean to their projects is looked at again later')
      })
    },
    async close() {
      await Promise.all([ends.settled(), worker.close()])
    },
  }
  const takesWeights = takesWeightsBy(registry)
  const ofVersions = { versions, aliases, manifests, trainings, comparisons }
  return { room, api: { projects, ...ofVersions, approvals: reviews, reviews, takesWeights } }
}
