// /api/projects/{project}/versions/{version}/manifest: what a version is made of, signed.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { callerOf } from '../../http/guard.ts'
import { ERRORS } from '../../pages.ts'
import { PAYLOAD_TYPE } from '../../signing/manifest.ts'
import { VersionPath } from '../versions/schemas.ts'
import type { Manifests } from './manifests.ts'

const Envelope = Type.Object(
  {
    payloadType: Type.String({ examples: [PAYLOAD_TYPE] }),
    payload: Type.String({ description: 'The manifest, canonical JSON (RFC 8785) as base64' }),
    signatures: Type.Array(
      Type.Object(
        {
          keyid: Type.String({ description: 'SHA-256 of the public key as SubjectPublicKeyInfo (DER), hexadecimal' }),
          sig: Type.String({ description: 'ed25519 over the pre-authentication encoding of DSSE, as base64' }),
        },
        { title: 'EnvelopeSignature' },
      ),
    ),
  },
  { title: 'SignedManifest', description: 'A DSSE envelope, as it is stored' },
)
const Verification = Type.Object(
  { version: Type.Integer(), key_id: Type.String({ description: 'The accepted key that vouches for it' }) },
  { title: 'ManifestVerification' },
)
const FINDS = ['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', ...ERRORS] as const
const getSchema = {
  operationId: 'getVersionManifest',
  tags: ['projects'],
  summary: 'The signed manifest of a version: what it is made of, as a DSSE envelope',
  params: VersionPath,
  response: { 200: Envelope },
  docs: { errors: ['MANIFEST_UNKNOWN', ...FINDS] },
} as const
const signSchema = {
  operationId: 'signVersion',
  tags: ['projects'],
  summary: 'Sign the manifest of a version that the present key has not signed, where its artifact is what it was',
  params: VersionPath,
  response: { 200: Envelope },
  docs: { errors: ['SIGNING_OFF', 'VERSION_UNTRUSTED', 'ARTIFACT_UNUSABLE', ...FINDS] },
} as const
const verifySchema = {
  operationId: 'verifyVersion',
  tags: ['projects'],
  summary: 'Tell whether an accepted key vouches for a version, and its stored artifact is the one that was signed',
  params: VersionPath,
  response: { 200: Verification },
  docs: { errors: ['VERSION_UNTRUSTED', 'ARTIFACT_UNUSABLE', ...FINDS] },
} as const

const READS = { permission: 'projects:read' } as const
const SIGNS = { permission: 'versions:sign', audit: 'version.sign' } as const

export const manifestRoutes =
  (manifests: Manifests): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/versions/:version/manifest'
    // What is signed is sent as it is stored, to the byte.
    const asStored = (envelope: string) => envelope as never

    app.get(path, { schema: getSchema, config: READS }, async ({ params }, reply) => {
      const envelope = await manifests.find(params.project, params.version)
      return reply.type('application/json; charset=utf-8').serializer(String).send(asStored(envelope))
    })

    app.post(path, { schema: signSchema, config: SIGNS }, async (request, reply) => {
      const { project, version } = request.params
      const envelope = await manifests.sign(project, version, callerOf(request))
      return reply.type('application/json; charset=utf-8').serializer(String).send(asStored(envelope))
    })

    app.get(`${path}/verification`, { schema: verifySchema, config: READS }, async ({ params }) => {
      const { keyId } = await manifests.verifyVersion(params.project, params.version)
      return { version: params.version, key_id: keyId }
    })
  }
