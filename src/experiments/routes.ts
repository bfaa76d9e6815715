// /api/projects/{project}/experiments: which of several versions is better, on the requests that come.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { callerOf, requirePermission } from '../http/guard.ts'
import { ERRORS, nextOf } from '../pages.ts'
import { IfMatch, ProjectPath } from '../projects/project-schemas.ts'
import { tagOf } from '../revisions.ts'
import { readChange, readMembers } from '../rows/json-members.ts'
import {
  AssignmentAnswer,
  assignmentAnswerOf,
  ExpectedExperiment,
  ExperimentAnswer,
  ExperimentList,
  expectedAnswerOf,
  experimentAnswerOf,
} from './answers.ts'
import { assignmentOf } from './assignments.ts'
import type { Expectation } from './expectation.ts'
import {
  AssignmentQuery,
  ChangeExperiment,
  CreateExperiment,
  CreateHeaders,
  ExperimentPath,
  ListQuery,
  PromoteExperiment,
  StopExperiment,
} from './experiment-schemas.ts'
import type { Experiments } from './experiments.ts'
import type { ExperimentStory } from './found-experiment.ts'
import type { Promotion } from './promotion.ts'
import type { Running } from './running.ts'

const tags = ['experiments']
const FINDS = ['PROJECT_UNKNOWN', 'EXPERIMENT_UNKNOWN', ...ERRORS] as const
const MOVES = ['EXPERIMENT_STATE', 'PROJECT_ARCHIVED', ...FINDS] as const
const DEPLOYS = [
  'VERSION_NOT_APPROVED',
  'VERSION_UNTRUSTED',
  'ARTIFACT_UNUSABLE',
  'EXPERIMENT_CONFLICT',
  ...MOVES,
] as const

const TWO_ARMS = {
  name: 'forest against boosting',
  arms: [
    { name: 'control', version: 1, share: 0.5 },
    { name: 'boosting', version: 2, share: 0.5 },
  ],
}
const createSchema = {
  operationId: 'createExperiment',
  tags,
  summary: 'Draft an experiment between versions of a project',
  description:
    'It takes no request before it is started. The answer tells what can be found if requests go on as they came in the last seven days.',
  params: ProjectPath,
  headers: CreateHeaders,
  response: { 201: ExpectedExperiment },
  docs: {
    body: {
      'application/json': {
        schema: CreateExperiment,
        examples: {
          halves: { value: TWO_ARMS },
          shadow: {
            value: { ...TWO_ARMS, mode: 'shadow', guardrail_metrics: [{ metric: 'latency', budget_ms: 50 }] },
          },
        },
      },
    },
    errors: [
      'REQUEST_INVALID',
      'EXPERIMENT_EXISTS',
      'IDEMPOTENCY_KEY_REUSED',
      'PROJECT_UNKNOWN',
      'PROJECT_ARCHIVED',
      ...ERRORS,
    ],
  },
} as const
const listSchema = {
  operationId: 'listExperiments',
  tags,
  summary: 'Experiments of a project, the newest first, in pages',
  params: ProjectPath,
  querystring: ListQuery,
  response: { 200: ExperimentList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const getSchema = {
  operationId: 'getExperiment',
  tags,
  summary: 'An experiment, with what it can find while it is not concluded',
  params: ExperimentPath,
  response: { 200: ExpectedExperiment },
  docs: { errors: FINDS },
} as const
const changeSchema = {
  operationId: 'changeExperiment',
  tags,
  summary: 'Change a draft; of one that runs the description, and the shares of the arms',
  description:
    'Members that are absent or null stay as they are. Other shares begin a new phase: keys are assigned anew, and what was found before is kept. Of one that runs it needs the permission deployments:write.',
  params: ExperimentPath,
  headers: IfMatch,
  response: { 200: ExpectedExperiment },
  docs: {
    body: {
      'application/json': {
        schema: ChangeExperiment,
        examples: {
          carefully: { value: { shares: { control: 0.9, boosting: 0.1 } } },
          longer: { value: { max_duration_days: 28 } },
        },
      },
    },
    errors: ['REQUEST_INVALID', 'EXPERIMENT_EXISTS', 'PRECONDITION_REQUIRED', 'PRECONDITION_FAILED', ...MOVES],
  },
} as const
const startSchema = {
  operationId: 'startExperiment',
  tags,
  summary: 'Start an experiment: requests with an experiment_key take part',
  description:
    'Its control must be what is active in the environment, on the target local; every arm must be approved, and signed where that is asked for; predictions of the project must be logged; and no other experiment may run there. All that stands against it is told at once.',
  params: ExperimentPath,
  response: { 200: ExperimentAnswer },
  docs: { errors: DEPLOYS },
} as const
const pauseSchema = {
  operationId: 'pauseExperiment',
  tags,
  summary: 'Have the control answer everybody for a while; nobody is exposed, and the time goes on',
  params: ExperimentPath,
  response: { 200: ExperimentAnswer },
  docs: { errors: MOVES },
} as const
const resumeSchema = {
  ...pauseSchema,
  operationId: 'resumeExperiment',
  summary: 'Go on after a pause: keys get the arms that they had',
} as const
const stopSchema = {
  operationId: 'stopExperiment',
  tags,
  summary: 'Conclude an experiment without a decision, or give up a draft',
  params: ExperimentPath,
  response: { 200: ExperimentAnswer },
  docs: {
    body: {
      'application/json': {
        schema: StopExperiment,
        examples: { holiday: { value: { reason: 'the season is over' } } },
      },
    },
    errors: ['REQUEST_INVALID', ...MOVES],
  },
} as const
const promoteSchema = {
  operationId: 'promoteExperiment',
  tags,
  summary: 'Ask for a deployment of the winner; of another arm with its name and a note',
  description:
    'Only while what is active is what was active at the start: never across a deployment of a person. The same again gives what was made.',
  params: ExperimentPath,
  response: { 200: ExperimentAnswer },
  docs: {
    body: {
      'application/json': {
        schema: PromoteExperiment,
        examples: {
          winner: { value: {} },
          by_hand: { value: { arm: 'boosting', note: 'it is no better, and half as large' } },
        },
      },
    },
    errors: ['REQUEST_INVALID', 'VERSION_UNKNOWN', 'TARGET_NOT_SET_UP', ...DEPLOYS],
  },
} as const
const assignmentSchema = {
  operationId: 'getAssignment',
  tags,
  summary: 'Which arm a key belongs to; nobody is exposed by asking',
  params: ExperimentPath,
  querystring: AssignmentQuery,
  response: { 200: AssignmentAnswer },
  docs: { errors: FINDS },
} as const

export interface ExperimentRoutesParts {
  readonly experiments: Experiments
  readonly running: Running
  readonly promotion: Promotion
  readonly expectationOf: (story: ExperimentStory) => Promise<Expectation>
  /** In ms since 1970. */
  readonly now: () => number
}

const READS = { permission: 'experiments:read' } as const
const DRAFTS = (audit: `experiment.${string}`) => ({ permission: 'experiments:write', audit }) as const
const RUNS = (audit: `experiment.${string}`) => ({ permission: 'deployments:write', audit }) as const

export const experimentRoutes =
  ({ experiments, running, promotion, expectationOf, now }: ExperimentRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/experiments'
    const one = `${path}/:experiment_id`
    const expected = async (story: ExperimentStory) => {
      const isOver = story.experiment.state === 'concluded'
      return expectedAnswerOf(story, isOver ? undefined : await expectationOf(story))
    }

    const changed = (reply: FastifyReply, story: ExperimentStory) => {
      reply.header('etag', tagOf(story.experiment.revision))
      return experimentAnswerOf(story)
    }

    app.post(path, { schema: createSchema, config: DRAFTS('experiment.create') }, async (request, reply) => {
      const { project } = request.params
      const given = await readChange(request, CreateExperiment, (members, faults) =>
        experiments.addFaults(project, members, faults),
      )
      const story = await experiments.create(project, given, request.headers['idempotency-key'], callerOf(request))
      const { experimentId, revision } = story.experiment
      reply.code(201).headers({ location: `${request.url.split('?')[0]}/${experimentId}`, etag: tagOf(revision) })
      return expected(story)
    })

    app.get(path, { schema: listSchema, config: READS }, async ({ params, query }) => {
      const { limit, before, ...filter } = query
      const found = await experiments.list(params.project, filter, limit + 1, before)
      const page = found.slice(0, limit).map(experimentAnswerOf)
      return { experiments: page, ...nextOf(found, limit, ({ experiment }) => experiment.experimentId) }
    })

    app.get(one, { schema: getSchema, config: READS }, async ({ params }, reply) => {
      const story = await experiments.find(params.project, params.experiment_id)
      reply.header('etag', tagOf(story.experiment.revision))
      return expected(story)
    })

    app.patch(one, { schema: changeSchema, config: DRAFTS('experiment.update') }, async (request, reply) => {
      const { project, experiment_id: experimentId } = request.params
      const given = await readChange(request, ChangeExperiment, (members, faults) =>
        experiments.addChangeFaults(project, experimentId, members, faults),
      )
      const which = { project, experimentId, ifMatch: request.headers['if-match'] }
      const mayRun = (): void => requirePermission(request, 'deployments:write')
      const story = await experiments.change(which, given, mayRun, callerOf(request))
      reply.header('etag', tagOf(story.experiment.revision))
      return expected(story)
    })

    const moves = [
      ['start', startSchema],
      ['pause', pauseSchema],
      ['resume', resumeSchema],
    ] as const
    for (const [move, schema] of moves) {
      app.post(`${one}/${move}`, { schema, config: RUNS(`experiment.${move}`) }, async (request, reply) => {
        const { project, experiment_id: id } = request.params
        return changed(reply, await running[move](project, id, callerOf(request)))
      })
    }

    app.post(`${one}/stop`, { schema: stopSchema, config: RUNS('experiment.conclude') }, async (request, reply) => {
      const { project, experiment_id: id } = request.params
      const { reason } = readMembers(request, StopExperiment)
      const story = await running.stop(project, id, reason, callerOf(request))
      return changed(reply, story)
    })

    app.post(
      `${one}/promote`,
      { schema: promoteSchema, config: RUNS('experiment.promote') },
      async (request, reply) => {
        const { project, experiment_id: id } = request.params
        const { arm, note } = await readChange(request, PromoteExperiment, (members, faults) =>
          promotion.addFaults(project, id, { arm: members.arm, note: members.note }, callerOf(request), faults),
        )
        const story = await promotion.promote(project, id, { arm, note }, callerOf(request))
        return changed(reply, story)
      },
    )

    app.get(`${one}/assignment`, { schema: assignmentSchema, config: READS }, async ({ params, query }) => {
      const story = await experiments.find(params.project, params.experiment_id)
      return assignmentAnswerOf(story.experiment, assignmentOf(story, query.key, now()))
    })
  }
