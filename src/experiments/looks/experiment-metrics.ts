// Figures of experiments for Prometheus: what this worker looked at, and the newest looks of all workers.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { askedOnce } from '../../telemetry/asked-once.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { listNewestLooks, type NewestLook } from './looks-table.ts'

/** Experiments that are told, those that run first. An experiment has ten arms at the most. */
const EXPERIMENTS_MAX = 100
/** How long one is told of after its end. */
const CONCLUDED_MS = 8 * 86_400_000
const NAME_LENGTH_MAX = 100

export interface LookCounters {
  looked(look: { readonly isDeciding: boolean }): void
  failed(): void
}

export function countExperimentLooks(telemetry: Telemetry, ownSchema: OwnSchema): LookCounters {
  const looks = telemetry.counter({
    name: 'ml_worker_experiment_looks_total',
    help: 'Looks at experiments that this worker made, by whether they ended one',
    labelNames: ['is_deciding'],
  })
  const failures = telemetry.counter({
    name: 'ml_worker_experiment_look_failures_total',
    help: 'Looks at experiments that failed in this worker; each is made again',
  })
  failures.inc(0)
  showNewest(telemetry, ownSchema)
  return {
    looked: ({ isDeciding }) => looks.inc({ is_deciding: String(isDeciding) }),
    failed: () => failures.inc(),
  }
}

type Told = readonly [labels: Record<string, string>, value: number]

/** Over all workers; absent while the database is away. */
function showNewest(telemetry: Telemetry, ownSchema: OwnSchema): void {
  const newest = askedOnce(async () => {
    if (!(await ownSchema.isUsable())) return []
    return listNewestLooks(ownSchema.pool, new Date(Date.now() - CONCLUDED_MS), EXPERIMENTS_MAX)
  })
  const gauge = (name: string, help: string, labels: readonly string[], toldOf: (look: NewestLook) => Told[]): void => {
    telemetry.gauge({
      name,
      help,
      labelNames: ['project', 'experiment', ...labels],
      async collect() {
        this.reset()
        for (const look of await newest()) {
          const of = { project: look.project, experiment: look.name.slice(0, NAME_LENGTH_MAX) }
          for (const [more, value] of toldOf(look)) this.set({ ...of, ...more }, value)
        }
      },
    })
  }
  gauge(
    'ml_worker_experiment_state',
    '1 for the state that an experiment is in: running, paused, or its outcome',
    ['state'],
    ({ state }) => [[{ state }, 1]],
  )
  const unitsOf =
    (of: 'exposed' | 'labelled' | 'failed' | 'slow') =>
    ({ arms, counted }: NewestLook): Told[] =>
      arms.map((arm, i) => [{ arm }, counted.counts.phases.reduce((sum, { units }) => sum + (units[i]?.[of] ?? 0), 0)])
  gauge('ml_worker_experiment_units', 'Keys that were first exposed to an arm', ['arm'], unitsOf('exposed'))
  gauge('ml_worker_experiment_labelled_units', 'Of those, keys with an outcome', ['arm'], unitsOf('labelled'))
  gauge('ml_worker_experiment_failed_units', 'Of those, keys with a failed request', ['arm'], unitsOf('failed'))
  gauge(
    'ml_worker_experiment_evidence',
    'Natural logarithm of the evidence for a difference in the first metric',
    ['arm'],
    ({ arms, judgement }) =>
      primaryOf(judgement).flatMap(({ arm, lnE }) => (lnE === undefined ? [] : [[{ arm: arms[arm] ?? '' }, lnE]])),
  )
  gauge(
    'ml_worker_experiment_evidence_threshold',
    'Natural logarithm of what that evidence has to reach',
    ['arm'],
    ({ arms, judgement }) =>
      primaryOf(judgement).map(({ arm, threshold }) => [{ arm: arms[arm] ?? '' }, Math.log(threshold)]),
  )
  gauge(
    'ml_worker_experiment_guardrail_evidence',
    'Natural logarithm of the evidence against a guardrail',
    ['arm', 'guardrail'],
    ({ arms, judgement }) =>
      judgement.guardrails.flatMap(({ arm, kind, lnE }) =>
        lnE === undefined ? [] : [[{ arm: arms[arm] ?? '', guardrail: kind }, lnE]],
      ),
  )
  gauge(
    'ml_worker_experiment_guardrail_threshold',
    'Natural logarithm of what that evidence has to reach',
    ['arm', 'guardrail'],
    ({ arms, judgement }) =>
      judgement.guardrails.map(({ arm, kind, threshold }) => [
        { arm: arms[arm] ?? '', guardrail: kind },
        Math.log(threshold),
      ]),
  )
  gauge(
    'ml_worker_experiment_row_age_seconds',
    'From the newest row of an experiment, or its start before the first, until now',
    [],
    ({ startedAt, counted: { newestRowAt } }) => [
      [{}, (Date.now() - (newestRowAt === null ? startedAt.getTime() : Date.parse(newestRowAt))) / 1000],
    ],
  )
}

/** Of the first metric, by challenger. */
function primaryOf({ metrics }: NewestLook['judgement']): NewestLook['judgement']['metrics'] {
  return metrics.filter(({ metric }) => metric === metrics[0]?.metric)
}
