// What callers say of experiments.
import { Type } from '@sinclair/typebox'
import { ENVIRONMENT_NAME } from '../deployments/deployment.ts'
import { IdempotencyKey } from '../intake/callers-word.ts'
import { PageQuery } from '../pages.ts'
import { ProjectParts } from '../projects/project-schemas.ts'
import { SHARE_MIN } from './assign.ts'
import { MODES, STATES, SUCCESS_METRICS } from './experiment.ts'

export const ARMS_MAX = 10
export const ARM_NAME = '^[a-z][a-z0-9_.-]{0,39}$'
const NO_NULS = '^[^\\u0000]*$'
const NO_CONTROLS = '^[^\\u0000-\\u001f\\u007f]+$'

const oneOf = <const Names extends readonly string[]>(names: Names, fallback: Names[number], description: string) =>
  Type.String({
    pattern: `^(${names.join('|').replaceAll('+', '\\+')})$`,
    enum: [...names],
    default: fallback,
    description,
  })
const number = (minimum: number, maximum: number, fallback: number, description: string) =>
  Type.Number({ minimum, maximum, default: fallback, format: 'double', description })

const ArmName = Type.String({ pattern: ARM_NAME, description: 'Unique in the experiment', examples: ['control'] })
const Share = Type.Number({
  minimum: SHARE_MIN,
  maximum: 1,
  format: 'double',
  description:
    'Of the keys, in ten thousandths; all of them add up to 1 at the most, and who is in none of them is not enrolled',
})
const Arms = Type.Array(
  Type.Object(
    { name: ArmName, version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }), share: Share },
    { additionalProperties: false, title: 'NewArm' },
  ),
  {
    minItems: 2,
    maxItems: ARMS_MAX,
    description: 'The first is the control: its version is active in the environment when the experiment is started',
  },
)
const Metrics = Type.Array(Type.String({ pattern: `^(${SUCCESS_METRICS.join('|')})$`, enum: [...SUCCESS_METRICS] }), {
  minItems: 1,
  maxItems: SUCCESS_METRICS.length,
  uniqueItems: true,
  description:
    'The first decides, and no other may be lost. accuracy and f1_macro of classes, the others of numbers; without it accuracy, or mean_absolute_error',
})
const Guardrails = Type.Array(
  Type.Object(
    {
      metric: Type.String({ pattern: '^(errors|latency)$', enum: ['errors', 'latency'] }),
      tolerated_ratio: Type.Optional(
        number(1, 100, 1, 'An arm may fail, or be slow, so many times as often as the control'),
      ),
      budget_ms: Type.Optional(
        Type.Number({
          minimum: 0.001,
          maximum: 600_000,
          format: 'double',
          description: 'Of latency: a request that takes longer is slow',
        }),
      ),
    },
    { additionalProperties: false, title: 'Guardrail' },
  ),
  {
    maxItems: 2,
    description:
      'What stops the experiment as soon as an arm is worse than the control; one of each at the most. Without it errors',
  },
)

const Parts = {
  name: Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: NO_CONTROLS,
    description: 'Unique in its project, for good',
    examples: ['forest against boosting'],
  }),
  description: Type.String({ maxLength: 2000, pattern: NO_NULS }),
  environment: Type.String({
    pattern: ENVIRONMENT_NAME,
    description: 'Whose requests it takes; without it production',
  }),
  mode: oneOf(
    MODES,
    'split',
    'split: the arm of a key answers. shadow: control answers, and the other arms predict the same rows after that. split+shadow: both',
  ),
  arms: Arms,
  success_metrics: Metrics,
  guardrail_metrics: Guardrails,
  min_sample_size: Type.Integer({
    minimum: 10,
    maximum: 100_000_000,
    default: 1_000,
    description: 'No arm wins before each has so many keys with an outcome',
  }),
  max_duration_days: number(1 / 1_440, 365, 14, 'Nobody is assigned after so many days'),
  label_window_hours: number(0, 8_760, 24, 'For so long outcomes are waited for after that'),
  significance_level: number(
    0.0001,
    0.2,
    0.05,
    'How often an experiment without a difference may find one, however often it is looked at',
  ),
  equivalence_margin: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1e12,
    format: 'double',
    description:
      'The arms are equivalent once the first metric differs by less than this for certain, in units of the metric; without it that is not looked for',
  }),
  outcome_depends_on_serving: Type.Boolean({
    default: false,
    description:
      'What is true depends on what was answered, as with recommendations: then arms are not compared on the same rows',
  }),
  auto_promote: Type.Boolean({
    default: false,
    description: 'A winner is deployed at once, unless somebody has deployed another version since the start',
  }),
}

/** A member of the environment and of the mode that is not said has its default: only PATCH asks whether it was said. */
export const CreateExperiment = Type.Object(
  {
    name: Parts.name,
    description: Type.Optional(Parts.description),
    environment: Type.Optional(Type.String({ ...Parts.environment, default: 'production' })),
    mode: Type.Optional(Parts.mode),
    arms: Parts.arms,
    success_metrics: Type.Optional(Parts.success_metrics),
    guardrail_metrics: Type.Optional(Parts.guardrail_metrics),
    min_sample_size: Type.Optional(Parts.min_sample_size),
    max_duration_days: Type.Optional(Parts.max_duration_days),
    label_window_hours: Type.Optional(Parts.label_window_hours),
    significance_level: Type.Optional(Parts.significance_level),
    equivalence_margin: Type.Optional(Parts.equivalence_margin),
    outcome_depends_on_serving: Type.Optional(Parts.outcome_depends_on_serving),
    auto_promote: Type.Optional(Parts.auto_promote),
  },
  { additionalProperties: false, title: 'CreateExperiment' },
)

const withoutDefault = <Part extends object>(part: Part): Part => {
  const { default: _, ...rest } = part as Part & { readonly default?: unknown }
  return rest as Part
}

export const ChangeExperiment = Type.Object(
  {
    name: Type.Optional(Parts.name),
    description: Type.Optional(Type.String({ ...Parts.description, description: 'An empty text takes it away' })),
    environment: Type.Optional(Parts.environment),
    mode: Type.Optional(withoutDefault(Parts.mode)),
    arms: Type.Optional(Parts.arms),
    shares: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: Share,
          description:
            'The share of each arm by its name, in place of arms. While the experiment runs this begins a new phase',
        },
      ),
    ),
    success_metrics: Type.Optional(Parts.success_metrics),
    guardrail_metrics: Type.Optional(Parts.guardrail_metrics),
    min_sample_size: Type.Optional(withoutDefault(Parts.min_sample_size)),
    max_duration_days: Type.Optional(withoutDefault(Parts.max_duration_days)),
    label_window_hours: Type.Optional(withoutDefault(Parts.label_window_hours)),
    significance_level: Type.Optional(withoutDefault(Parts.significance_level)),
    equivalence_margin: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1e12,
        format: 'double',
        description: 'In units of the first metric; 0: equivalence is not looked for',
      }),
    ),
    outcome_depends_on_serving: Type.Optional(withoutDefault(Parts.outcome_depends_on_serving)),
    auto_promote: Type.Optional(withoutDefault(Parts.auto_promote)),
  },
  { additionalProperties: false, title: 'ChangeExperiment' },
)

const Note = Type.String({ minLength: 1, maxLength: 2000, pattern: NO_NULS, description: 'For whoever looks later' })
export const StopExperiment = Type.Object(
  { reason: Type.String({ ...Note, maxLength: 1000, description: 'Why; it becomes the finding' }) },
  { additionalProperties: false, title: 'StopExperiment' },
)
export const PromoteExperiment = Type.Object(
  {
    arm: Type.Optional(
      Type.String({ pattern: ARM_NAME, description: 'Needed, with a note, of any arm but the winner' }),
    ),
    note: Type.Optional(Note),
  },
  { additionalProperties: false, title: 'PromoteExperiment' },
)

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' })
export const ExperimentPath = Type.Object({ ...ProjectParts, experiment_id: Id })
export const CreateHeaders = Type.Object({
  'idempotency-key': Type.Optional({
    ...IdempotencyKey,
    description: 'The same key with the same body, of the same caller, is the same experiment',
  }),
})
export const ListQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: Type.Optional(
      Type.Unsafe<(typeof STATES)[number]>({ type: 'string', enum: [...STATES], description: 'Only those in it' }),
    ),
    environment: Type.Optional(Type.String({ pattern: ENVIRONMENT_NAME, description: 'Only those of it' })),
  },
  { additionalProperties: false },
)
export const AssignmentQuery = Type.Object(
  {
    key: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'As experiment_key of a prediction; case, spaces and composed letters count',
    }),
  },
  { additionalProperties: false },
)
