// What callers say of deployments, and what they see of them.

import { type Static, Type } from '@sinclair/typebox'
import { IdempotencyKey } from '../intake/callers-word.ts'
import { NextPage } from '../pages.ts'
import { ALIAS_NAME } from '../projects/project.ts'
import { AnyObject, Moment, ProjectParts, present } from '../projects/project-schemas.ts'
import { type Deployment, type DeploymentEvent, ENVIRONMENT_NAME, INSTANCES_MAX, STATUSES } from './deployment.ts'
import { TARGET_NAMES } from './targets/target.ts'

const VERSION_MAX = 2 ** 31 - 1
const Id = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' } as const
const Note = Type.Optional(
  Type.String({ maxLength: 2000, pattern: '^[^\\u0000]*$', description: 'For whoever looks later' }),
)
const Instances = Type.Integer({
  minimum: 1,
  maximum: INSTANCES_MAX,
  description: 'How many the target is to run; the target local has one',
})
export const TargetParam = Type.Unsafe<(typeof TARGET_NAMES)[number]>({
  type: 'string',
  enum: [...TARGET_NAMES],
  description: 'Only those on this target',
})
export const StatusParam = Type.Unsafe<(typeof STATUSES)[number]>({
  type: 'string',
  enum: [...STATUSES],
  description: 'Only those with this status now',
})
export const AtParam = Type.String({
  format: 'date-time',
  maxLength: 40,
  description:
    'Only what was active at this time: one at the most of an environment. Of a time to come, what is active now',
  examples: ['2026-03-01T00:00:00Z'],
})

const PlaceParts = {
  ...ProjectParts,
  environment: Type.String({
    pattern: ENVIRONMENT_NAME,
    description: 'A slot of the project, in which one version at the most is active; it is there without being made',
    examples: ['production'],
  }),
}
export const PlacePath = Type.Object(PlaceParts)
export const DeploymentPath = Type.Object({ ...PlaceParts, deployment_id: Type.Integer(Id) })
export const Headers = Type.Object({
  'idempotency-key': Type.Optional({
    ...IdempotencyKey,
    description: 'The same key with the same body, of the same caller, is the same deployment',
  }),
})

export const Deploy = Type.Object(
  {
    version: Type.Optional(Type.Integer({ minimum: 1, maximum: VERSION_MAX })),
    alias: Type.Optional(
      Type.String({ pattern: ALIAS_NAME, description: 'In place of version: the one that it names now' }),
    ),
    target: Type.Optional(
      Type.String({
        pattern: `^(${TARGET_NAMES.join('|')})$`,
        enum: [...TARGET_NAMES],
        description: 'Where it answers; without it local, which is this worker and those beside it',
      }),
    ),
    settings: Type.Optional(AnyObject('Of the target')),
    instances: Type.Optional(Instances),
    note: Note,
    deactivate_others: Type.Optional(
      Type.Boolean({
        description:
          'When it becomes active, what is active in the environment of the same name of other projects ends, where it is of the same model class',
      }),
    ),
  },
  { additionalProperties: false, title: 'Deploy' },
)
export const Rollback = Type.Object(
  {
    to: Type.Optional(
      Type.Integer({ ...Id, description: 'A deployment that was active; without it what was active before' }),
    ),
    note: Note,
  },
  { additionalProperties: false, title: 'Rollback' },
)
export const Scale = Type.Object({ instances: Instances }, { additionalProperties: false, title: 'Scale' })

const Status = Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...STATUSES] })
const ObservedAnswer = Type.Object(
  {
    state: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': ['in_progress', 'ready', 'failed', 'absent'] }),
    message: Type.Optional(Type.String({ description: 'What it waits for, or why it failed' })),
    instances: Type.Optional(Type.Integer({ description: 'How many run' })),
    at: Moment('When it was looked at'),
  },
  { title: 'ObservedDeployment', description: 'What its target saw last' },
)
const MEMBERS = {
  id: Type.Integer({ format: 'int64' }),
  project: Type.String(),
  project_id: Type.Integer({ format: 'int64' }),
  environment: Type.String(),
  version: Type.Integer(),
  model_run_id: Type.Integer({ format: 'int64' }),
  model_name: Type.String(),
  target: Type.String(),
  settings: AnyObject('Of the target, with their defaults'),
  instances: Type.Integer({ description: 'How many are wanted' }),
  origin: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': ['deploy', 'rollback'] }),
  restores: Type.Optional(Type.Integer({ format: 'int64', description: 'The deployment that a rollback brings back' })),
  deactivate_others: Type.Boolean(),
  note: Type.Optional(Type.String()),
  status: Status,
  reason: Type.Optional(Type.String({ description: 'Why it ended' })),
  endpoint: Type.Optional(Type.String({ description: 'Where the target answers' })),
  observed: Type.Optional(ObservedAnswer),
  requested_at: Moment('When it was asked for'),
  requested_by: Type.String({ description: 'As in the audit' }),
  active_from: Type.Optional(Moment('Since when it answers, or answered')),
  active_until: Type.Optional(Moment('Until when it answered')),
  ended_at: Type.Optional(Moment('When it came to its last status')),
  is_removed: Type.Boolean({ description: 'Whether nothing of it is left on its target' }),
}
export const DeploymentAnswer = Type.Object(MEMBERS, { title: 'Deployment' })
export const DeploymentList = Type.Object(
  {
    deployments: Type.Array(DeploymentAnswer, { description: 'The newest first' }),
    next: NextPage,
  },
  { title: 'DeploymentList' },
)
export const EnvironmentList = Type.Object(
  {
    environments: Type.Array(
      Type.Object(
        {
          environment: Type.String(),
          active: Type.Optional(DeploymentAnswer),
          latest: DeploymentAnswer,
        },
        { title: 'Environment', description: 'What is active in it, if anything is, and what was asked for last' },
      ),
      { description: 'That with the newest deployment first' },
    ),
    next: NextPage,
  },
  { title: 'EnvironmentList' },
)
export const DeploymentStory = Type.Object(
  {
    ...MEMBERS,
    events: Type.Array(
      Type.Object(
        {
          status: Status,
          reason: Type.Optional(Type.String()),
          at: Moment('When it came to the status'),
          by: Type.String({ description: 'As in the audit; worker where no caller asked for it' }),
        },
        { title: 'DeploymentEvent' },
      ),
      { description: 'The oldest first' },
    ),
  },
  { title: 'DeploymentStory' },
)

export function answerOf(deployment: Deployment): Static<typeof DeploymentAnswer> {
  const { restores, note, reason, endpoint, activeFrom, activeUntil, endedAt } = deployment
  return {
    id: deployment.deploymentId,
    project: deployment.projectName,
    project_id: deployment.projectId,
    environment: deployment.environment,
    version: deployment.version,
    model_run_id: deployment.runId,
    model_name: deployment.modelName,
    target: deployment.target,
    settings: deployment.settings,
    instances: deployment.instances,
    origin: deployment.origin,
    ...present({ restores }),
    deactivate_others: deployment.deactivateOthers,
    ...present({ note }),
    status: deployment.status,
    ...present({ reason, endpoint, observed: observedOf(deployment) }),
    requested_at: deployment.requestedAt.toISOString(),
    requested_by: deployment.requestedBy,
    ...present({
      active_from: activeFrom?.toISOString() ?? null,
      active_until: activeUntil?.toISOString() ?? null,
      ended_at: endedAt?.toISOString() ?? null,
    }),
    is_removed: deployment.step === 'done',
  }
}

export function storyOf(deployment: Deployment, events: readonly DeploymentEvent[]): Static<typeof DeploymentStory> {
  const told = events.map(({ status, reason, happenedAt, actor }) => {
    return { status, ...present({ reason }), at: happenedAt.toISOString(), by: actor }
  })
  return { ...answerOf(deployment), events: told }
}

function observedOf({ observed, observedAt }: Deployment): Static<typeof ObservedAnswer> | null {
  if (observed === null || observedAt === null) return null
  const at = observedAt.toISOString()
  switch (observed.state) {
    case 'ready':
      return { state: 'ready', ...present({ instances: observed.instances }), at }
    case 'in_progress':
      return { state: 'in_progress', message: observed.message, at }
    case 'failed':
      return { state: 'failed', message: observed.reason, at }
    default:
      return { state: 'absent', at }
  }
}
