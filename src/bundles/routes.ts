// GET /api/projects/{project}/versions/{version}/bundle: a version in one file.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ERRORS } from '../pages.ts'
import { VersionPath } from '../projects/versions/schemas.ts'
import { BUNDLE_MEDIA_TYPE } from './bundle.ts'
import type { Bundles } from './bundles.ts'

const bundleSchema = {
  operationId: 'getVersionBundle',
  tags: ['deployments'],
  summary: 'A version in one file, with its artifact in the clear: `npx ml-worker serve --artifact` serves it',
  params: VersionPath,
  docs: {
    answers: {
      200: {
        description: 'The bundle; its ETag is the digest that it holds of itself',
        content: { [BUNDLE_MEDIA_TYPE]: { schema: Type.String({ format: 'binary' }) } },
      },
    },
    errors: ['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', 'VERSION_UNTRUSTED', 'ARTIFACT_UNUSABLE', ...ERRORS],
  },
} as const

const READS = { permission: 'deployments:read' } as const

export const bundleRoutes =
  (bundles: Bundles): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/versions/:version/bundle'
    app.get(path, { schema: bundleSchema, config: READS }, async ({ params }, reply) => {
      const { sha256, byteLength, fileName, bytes } = await bundles.make(params.project, params.version)
      reply.headers({
        'content-length': byteLength,
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
        etag: `"${sha256}"`,
      })
      return reply.type(BUNDLE_MEDIA_TYPE).send(bytes)
    })
  }
