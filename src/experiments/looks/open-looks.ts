// The part of experiments that finds out what they show: looks, their results, and who is told.
import type { Audit } from '../../audit/audit.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { ChangeLog } from '../../deployments/changes.ts'
import type { Foundation } from '../../foundation.ts'
import { KickedLooks } from '../../kicked-looks.ts'
import type { AnswerKinds } from '../../monitoring/performance/answer-kinds.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { Projects } from '../../projects/projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import type { Experiments } from '../experiments.ts'
import type { Promotion } from '../promotion.ts'
import { ExperimentLooks, type ExperimentLooksParts } from './experiment-looks.ts'
import { countExperimentLooks } from './experiment-metrics.ts'
import { Results } from './results.ts'
import { keptLooks } from './retention.ts'
import { resultRoutes } from './routes.ts'

/** How late a guardrail may be that no worker was told of. */
const LOOK_EVERY_SECONDS = 5
/** From the start of the worker to its first look. */
const FIRST_AFTER_MS = 500

export interface LooksNeeds {
  readonly audit: Audit
  readonly notices: Notices
  readonly retention: Retention
  readonly projects: Pick<Projects, 'lock'>
  readonly answers: Pick<AnswerKinds, 'of'>
  readonly changes: Pick<ChangeLog, 'transact'>
  readonly experiments: Pick<Experiments, 'find'>
  readonly promotion: Pick<Promotion, 'prepare' | 'promoteIn'>
  /** An experiment was concluded here: nobody is to be assigned any more. */
  readonly onConcluded: () => void
}

export function openLooks(
  { ownSchema, jobs, telemetry, log }: Foundation,
  { audit, notices, retention, projects, answers, changes, experiments, promotion, onConcluded }: LooksNeeds,
): Required<Pick<Room, 'routes' | 'recover' | 'drain'>> {
  const counters = countExperimentLooks(telemetry, ownSchema)
  // Its statistics are loaded by the first experiment.
  const judge: ExperimentLooksParts['judge'] = async (...asked) =>
    (await import('../statistics/judge.ts')).judge(...asked)
  const looks = new ExperimentLooks({
    ...{ ownSchema, audit, notices, projects, answers, changes, promotion, judge, log },
    onLook(look) {
      counters.looked(look)
      if (look.isDeciding) onConcluded()
    },
    onFailure: counters.failed,
    now: () => Date.now(),
  })
  const onFailure = (error: unknown): void => {
    if (isDatabaseUnavailable(error)) log.debug({ err: error }, 'experiments are looked at again later')
    else log.warn({ err: error }, 'experiments could not be looked at; that is tried again')
  }
  const kicked = new KickedLooks({ look: (signal) => looks.look(signal), afterMs: FIRST_AFTER_MS, onFailure })
  jobs.repeat('experiment-looks', { everySeconds: LOOK_EVERY_SECONDS }, () => kicked.look().catch(onFailure))
  retention.register(keptLooks(ownSchema.pool, () => ownSchema.isUsable()))
  const results = new Results({ ownSchema, experiments })
  return {
    routes: resultRoutes(results, () => new Date()),
    async recover() {
      kicked.kick()
    },
    async drain() {
      await kicked.close()
    },
  }
}
