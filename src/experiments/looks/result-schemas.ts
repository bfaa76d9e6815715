// What callers see of the results of experiments.
import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../../pages.ts'
import { Moment } from '../../projects/project-schemas.ts'
import { ExperimentAnswer } from '../answers.ts'
import { SUCCESS_METRICS } from '../experiment.ts'

const oneOf = (names: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...names], description })
const Id = (description: string) => Type.Integer({ format: 'int64', description })
const Count = (description: string) => Type.Integer({ format: 'int64', minimum: 0, description })
const Double = (description: string) => Type.Number({ format: 'double', description })
const Figure = (description: string) => Type.Optional(Double(description))
const Interval = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        low: Double(''),
        high: Type.Optional(Type.Number({ format: 'double', description: 'Absent where it has no bound' })),
      },
      { description },
    ),
  )

const FOUND = ['ok', 'insufficient_data'] as const
const StateMember = oneOf(FOUND, 'insufficient_data: nothing can be said yet')
/** Of every test: it may be looked at as often as one likes. */
const EVIDENCE = {
  ln_e: Figure('The natural logarithm of the evidence against "no difference"; absent where nothing can be said yet'),
  threshold: Double('What the evidence has to reach: it decides once ln_e is the logarithm of this'),
  p: Figure('One divided by the evidence, 1 at the most: to be compared with 1 / threshold'),
}

const ArmResult = Type.Object(
  {
    arm: Type.String(),
    version: Type.Integer(),
    is_control: Type.Boolean(),
    units: Count('Keys that were first exposed to it'),
    labelled: Count('Of those, how many have a row with an outcome'),
    labelled_share: Figure('Absent without units'),
    failed: Count('Of those, how many had a failed request'),
    failed_share: Figure('Absent without units'),
    slow: Count('Of those, how many had a request over the budget of the latency guardrail'),
    rows: Count('Rows that it answered by itself'),
    accuracy: Figure('Of the first labelled row of each key; absent without one, and of numbers'),
    f1_macro: Figure('The mean over classes of F1, likewise'),
    mean_absolute_error: Figure('Likewise, of numbers'),
    mean_squared_error: Figure('Likewise, of numbers'),
    p50_ms: Figure('Of the predictions of the arm, in the worker; absent without rows'),
    p95_ms: Figure(''),
    p99_ms: Figure(''),
  },
  { title: 'ExperimentArmResult' },
)

const SampleRatio = Type.Object(
  {
    state: StateMember,
    ...EVIDENCE,
    expected_shares: Type.Array(Type.Number({ format: 'double' }), { description: 'In the order of the arms' }),
    observed_shares: Type.Array(Type.Number({ format: 'double' }), { description: 'Of keys that were first exposed' }),
  },
  { title: 'ExperimentSampleRatio', description: 'Whether keys fall into the arms as their shares say' },
)

const GuardrailResult = Type.Object(
  {
    metric: oneOf(['errors', 'latency'], ''),
    arm: Type.String({ description: 'Compared with the control' }),
    state: StateMember,
    is_broken: Type.Boolean(),
    ...EVIDENCE,
    control: Count('Keys with a failed, or slow, request'),
    treatment: Count('The same of the arm'),
    rate_ratio: Figure('How many times as often as in the control; absent where the control has none'),
    interval: Interval('Of the rate ratio; valid at any time'),
  },
  { title: 'ExperimentGuardrailResult' },
)

const MetricResult = Type.Object(
  {
    metric: oneOf(SUCCESS_METRICS, ''),
    is_primary: Type.Boolean({ description: 'It decides; the others must not be lost' }),
    arm: Type.String({ description: 'Compared with the control' }),
    state: StateMember,
    method: oneOf(
      ['paired_e_process', 'binomial_e_process', 'paired_asymptotic_sequence', 'asymptotic_sequence'],
      'How the two are compared',
    ),
    is_paired: Type.Boolean({ description: 'By rows that both predicted' }),
    ...EVIDENCE,
    control_units: Count('Keys that are compared; of pairs both are their number'),
    treatment_units: Count(''),
    control: Figure('The value of the metric'),
    treatment: Figure(''),
    difference: Figure('Treatment less control'),
    interval: Interval('Of the difference; valid at any time, however often it is looked at'),
    interval_method: Type.Optional(oneOf(['asymptotic_sequence', 'exact_sequence'], '')),
    verdict: Type.Optional(oneOf(['wins', 'loses'], 'Once the evidence reaches the threshold')),
    discordant: Type.Optional(
      Type.Object(
        { control_right: Count('Rows that only the control predicted rightly'), treatment_right: Count('') },
        { description: 'Of pairs' },
      ),
    ),
    least_detectable: Figure('The difference that so many keys would decide in 4 of 5 cases'),
  },
  { title: 'ExperimentMetricResult' },
)

const WarningAnswer = Type.Object(
  {
    code: oneOf(
      [
        ...['multiple_exposure', 'sample_ratio_near', 'labels_differ', 'success_metric_loses', 'pairs_missing'],
        ...['nothing_to_compare', 'no_rows'],
      ],
      '',
    ),
    detail: Type.String({ description: 'One sentence' }),
  },
  { title: 'ExperimentWarning' },
)

const SampleAnswer = Type.Object({
  needed: Count('Keys with an outcome that each arm, or the pairs, must have'),
  reached: Count('What the poorest has'),
})
const LOOK_MEMBERS = {
  look_id: Id(''),
  looked_at: Moment('When it was made'),
  is_deciding: Type.Boolean({
    description: 'It ended the experiment, or is the last one after a stop: its figures are those that count',
  }),
}

export const ResultsAnswer = Type.Object(
  {
    experiment: ExperimentAnswer,
    ...LOOK_MEMBERS,
    summary: Type.String({ description: 'What is known, in a sentence' }),
    sample: SampleAnswer,
    days_left: Figure('Until nobody is assigned any more; absent of one that does not run'),
    arms: Type.Array(ArmResult, { description: 'The control first' }),
    multiply_exposed: Count('Keys that met several arms since shares were changed; each counts with its first'),
    sample_ratio: SampleRatio,
    guardrails: Type.Array(GuardrailResult),
    metrics: Type.Array(MetricResult, { description: 'The first metric first' }),
    equivalence: Type.Optional(
      Type.Object({ margin: Double(''), is_reached: Type.Boolean() }, { description: 'Where it is looked for' }),
    ),
    warnings: Type.Array(WarningAnswer, { description: 'What makes the figures doubtful' }),
    tallied_at: Moment('When outcomes were counted: at the look, or shortly before'),
  },
  { title: 'ExperimentResults' },
)
export type ResultsAnswer = Static<typeof ResultsAnswer>

const LookAnswer = Type.Object(
  {
    ...LOOK_MEMBERS,
    units: Count('Of all arms'),
    labelled: Count('Of all arms'),
    sample: SampleAnswer,
    sample_ratio: SampleRatio,
    guardrails: Type.Array(GuardrailResult),
    metrics: Type.Array(MetricResult),
    warnings: Type.Array(WarningAnswer),
  },
  { title: 'ExperimentLook' },
)
export type LookAnswer = Static<typeof LookAnswer>
export const LooksAnswer = Type.Object(
  { looks: Type.Array(LookAnswer, { description: 'The newest first' }), next: NextPage },
  { title: 'ExperimentLooks' },
)

export const ResultsQuery = Type.Object(
  {
    look: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: 'This look; without it the one that decided, else the newest',
      }),
    ),
  },
  { additionalProperties: false },
)
