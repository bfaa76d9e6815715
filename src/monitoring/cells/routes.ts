// GET /api/projects/{project}/versions/{version}/baseline: what a version saw at its training, in counts.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ERRORS } from '../../pages.ts'
import { VersionPath } from '../../projects/versions/schemas.ts'
import type { Versions } from '../../projects/versions/versions.ts'
import { BaselineAnswer, baselineAnswer } from './baseline-schemas.ts'
import type { Baselines } from './baselines.ts'

const baselineSchema = {
  operationId: 'getVersionBaseline',
  tags: ['projects'],
  summary: 'The baseline of a version: rows of its training by cells of its columns, its answers and its confidence',
  params: VersionPath,
  response: { 200: BaselineAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', ...ERRORS] },
} as const

const READS = { permission: 'projects:read' } as const

export interface BaselineRoutesParts {
  readonly versions: Pick<Versions, 'find'>
  readonly baselines: Pick<Baselines, 'of'>
}

export const baselineRoutes =
  ({ versions, baselines }: BaselineRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const url = '/api/projects/:project/versions/:version/baseline'
    app.get(url, { schema: baselineSchema, config: READS }, async ({ params }) => {
      const { version, runId } = await versions.find(params.project, params.version)
      return baselineAnswer(version, await baselines.of(runId))
    })
  }
