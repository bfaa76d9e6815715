// /api/datasets: upload, list, look at, compare, fetch and delete data sets.
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { addRefusedFaults, invalidRequest, ServiceError } from '../errors.ts'
import { callerOf, requirePermission } from '../http/guard.ts'
import { sendPage } from '../http/html-page.ts'
import { millisecondsOf } from '../http/query-times.ts'
import { requestFaults } from '../http/request-faults.ts'
import { traceparentOf } from '../http/request-trace.ts'
import { FaultList } from '../model/faults.ts'
import { BodyFile, type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import { ROWS_MEDIA_TYPES } from '../rows/forms.ts'
import { readMembers } from '../rows/json-members.ts'
import type { MemberFaults, WellFormed } from '../rows/member-faults.ts'
import type { Storage } from '../storage/storage.ts'
import { compareDatasets } from './compare-datasets.ts'
import type { DataSets } from './data-sets.ts'
import type { Dataset, DatasetMeta } from './dataset.ts'
import { answerOf, MetaParts } from './dataset-schemas.ts'
import type { DirectUploads } from './direct-uploads.ts'
import type { AskedTraining, UploadContext, UploadTrainings } from './policies/upload-trainings.ts'
import { rangeOf } from './range.ts'
import { type FileFacts, type GivenMeta, isReadable, readMeta } from './read-meta.ts'
import { REPORT_POLICY, reportPageOf } from './report/report-page.ts'
import * as docs from './route-schemas.ts'
import { told } from './told-by-storage.ts'

export interface DatasetRoutesParts {
  readonly dataSets: DataSets
  readonly uploads: DirectUploads
  readonly trainings: UploadTrainings
  readonly bodies: BodyReceiver
  readonly storage: Storage
  readonly expireSeconds: number
  readonly byteLengthMax: number
}

const FIELDS_MAX = 10
const FIELD_BYTES_MAX = 2 ** 16
const OCTETS = 'application/octet-stream'

const READS = { permission: 'datasets:read' } as const
const CREATES = { permission: 'datasets:write', audit: 'dataset.create' } as const
const DELETES = { permission: 'datasets:write', audit: 'dataset.delete' } as const

export const datasetRoutes =
  ({
    dataSets,
    uploads,
    trainings,
    bodies,
    storage,
    expireSeconds,
    byteLengthMax,
  }: DatasetRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    // Other limits than those of rows in requests, and forms besides.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser([...Object.keys(ROWS_MEDIA_TYPES), OCTETS], (request, payload, done) =>
      bodies.receive(payload, request.headers, done),
    )
    await app.register(multipart, {
      limits: {
        fieldNameSize: 100,
        fieldSize: FIELD_BYTES_MAX,
        fields: FIELDS_MAX,
        files: 1,
        parts: FIELDS_MAX + 1,
        headerPairs: 50,
        // One more than may be: the receiver says what is wrong with it.
        fileSize: byteLengthMax + 1,
      },
    })

    const answerWithTraining = async (dataset: Dataset, asked: AskedTraining | undefined, context: UploadContext) => {
      const training = await trainings.begin(dataset, asked, context)
      return { ...answerOf(dataset), ...(training === undefined ? {} : { training }) }
    }

    const creating = { schema: docs.createSchema, config: CREATES, attachValidation: true }
    app.post('/api/datasets', creating, async (request, reply) => {
      const { 'idempotency-key': key } = request.headers as { 'idempotency-key'?: string }
      const faults = requestFaults(request)
      const caller = callerOf(request)
      const { train, parameters, ...given } = request.query
      const wanted =
        train === undefined ? undefined : { modelName: train, parameters: parametersOf(parameters, faults) }
      if (wanted !== undefined) requirePermission(request, 'runs:create')
      const keep = async (body: ReceivedBody | undefined, said: GivenMeta, file: FileFacts) => {
        const meta = readMeta(said, file, faults)
        if (!faults.isEmpty) {
          // What is wrong with the rows is told beside it, where they can be read.
          if (isReadable(faults)) await addRefusedFaults(dataSets.incoming.describe(body, meta), faults)
          throw invalidRequest(faults)
        }
        const dataset = await dataSets.incoming.add(body, meta, caller, key)
        return answerWithTraining(dataset, wanted, { traceparent: traceparentOf(request), caller })
      }
      reply.code(201)
      if (!request.isMultipart()) {
        const { body } = request as { body?: ReceivedBody }
        return whileUsed(body, () => keep(body, given, { mediaType: request.mediaType }))
      }
      const form = await receiveForm(request, bodies)
      try {
        return await keep(form.body, { ...given, ...form.fields }, form)
      } finally {
        if (form.body instanceof BodyFile) await form.body.answered()
      }
    })

    app.post('/api/datasets/uploads', { schema: docs.uploadSchema, config: CREATES }, async (request, reply) => {
      const given = readMembers(request, docs.BeginUpload, addUploadFaults)
      const { byte_length: byteLength, sha256 } = given
      const meta = uploadMeta(given, new FaultList())
      const { uploadId, url, headers, expiresAt } = await uploads.begin(meta, { byteLength, sha256 }, callerOf(request))
      reply.code(201)
      return { upload_id: uploadId, method: 'PUT' as const, url, headers, expires_at: expiresAt.toISOString() }
    })

    const completing = { schema: docs.completeSchema, config: CREATES }
    app.post('/api/datasets/uploads/:upload_id/complete', completing, async (request, reply) => {
      reply.code(201)
      const caller = callerOf(request)
      const dataset = await uploads.complete(request.params.upload_id, caller)
      return answerWithTraining(dataset, undefined, { traceparent: traceparentOf(request), caller })
    })

    app.get('/api/datasets', { schema: docs.listSchema, config: READS }, async ({ query }) => {
      const { limit, cursor, name, format, label, from, to, bytes_min, bytes_max, deleted } = query
      const times = { from: millisecondsOf('from', from), to: millisecondsOf('to', to) }
      const filter = { name, form: format, label, ...times, bytesMin: bytes_min, bytesMax: bytes_max }
      const found = await dataSets.list({ ...filter, isDeletedShown: deleted }, limit + 1, cursor)
      const page = found.slice(0, limit)
      const next = found.length > limit ? page.at(-1)?.datasetId : undefined
      return { datasets: page.map(answerOf), ...(next === undefined ? {} : { next }) }
    })

    const byId = '/api/datasets/:dataset_id'
    app.get(byId, { schema: docs.getSchema, config: READS }, async ({ params }) => {
      const dataset = await dataSets.find(params.dataset_id)
      const { runIds, count } = await dataSets.users(dataset.datasetId)
      return { ...answerOf(dataset), run_ids: runIds, run_count: count }
    })

    app.get(`${byId}/preview`, { schema: docs.previewSchema, config: READS }, async ({ params, query }, reply) => {
      const { preview, statistics } = await dataSets.look(params.dataset_id)
      // Column names are data: __proto__ is one too, and a serializer of a schema would leave it out.
      const answer = JSON.stringify({ rows: preview.slice(0, query.rows), total_rows: statistics.rows })
      return reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(answer as never)
    })

    app.get(`${byId}/statistics`, { schema: docs.statisticsSchema, config: READS }, async ({ params }) => {
      return (await dataSets.look(params.dataset_id)).statistics
    })

    app.get(`${byId}/report`, { schema: docs.reportSchema, config: READS }, async ({ params }, reply) => {
      const dataset = await dataSets.find(params.dataset_id)
      const { statistics } = await dataSets.look(params.dataset_id)
      return sendPage(reply, REPORT_POLICY, reportPageOf(dataset, statistics))
    })

    app.get(`${byId}/comparison`, { schema: docs.comparisonSchema, config: READS }, async ({ params, query }) => {
      const [before, after] = await Promise.all([dataSets.look(query.with), dataSets.look(params.dataset_id)])
      return compareDatasets(before.statistics, after.statistics)
    })

    app.get(`${byId}/content`, { schema: docs.contentSchema, config: READS }, async (request, reply) => {
      const { form, name, version, byteLength, sha256, storageKey } = await dataSets.findContent(
        request.params.dataset_id,
      )
      if (request.query.redirect) {
        const url = await told(async () => storage.presignGet?.(storageKey, expireSeconds))
        if (url === undefined) throw new ServiceError('PRESIGN_UNSUPPORTED', 'the storage gives no URLs')
        return reply.redirect(url, 302)
      }
      // Others as bytes: a generated client would read a data set of JSON as the answer of a call.
      const type = form === 'csv' ? 'text/csv' : OCTETS
      const fileName = encodeURIComponent(`${name}-${version}.${form}`)
      reply.headers({
        'accept-ranges': 'bytes',
        etag: `"${sha256}"`,
        'content-disposition': `attachment; filename*=UTF-8''${fileName}`,
      })
      const range = rangeOf(request.headers.range, byteLength)
      const length = range === undefined ? byteLength : range.end - range.start
      if (range !== undefined) {
        reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/${byteLength}`)
      }
      const bytes = await told(() => storage.get(storageKey, range))
      return reply.type(type).header('content-length', length).send(bytes)
    })

    app.delete(byId, { schema: docs.deleteSchema, config: DELETES }, async (request) => {
      return answerOf(await dataSets.delete(request.params.dataset_id, request.query.purge, callerOf(request)))
    })
  }

type GivenUpload = WellFormed<(typeof docs.BeginUpload)['static']>

/** Adds what the members mean no data set by. */
function addUploadFaults(given: GivenUpload, faults: MemberFaults): void {
  const found = new FaultList()
  uploadMeta(given, found)
  for (const { parameter = '', ...fault } of found.listed) {
    // Of a form that is not known nothing else is said; what is malformed is told already.
    if (faults.areSound(parameter)) faults.add({ ...fault, in: 'body', parameter })
  }
}

function uploadMeta({ labels, ...given }: GivenUpload, faults: FaultList): DatasetMeta {
  return readMeta({ ...given, ...(labels ? { labels: JSON.stringify(labels) } : {}) }, {}, faults)
}

function parametersOf(text: string | undefined, faults: FaultList): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    const detail = `expected a JSON object: ${(error as Error).message}`
    faults.add({ in: 'query', parameter: 'parameters', detail })
    return undefined
  }
}

interface ReceivedForm {
  readonly body: ReceivedBody | undefined
  readonly fields: GivenMeta
  readonly mediaType: string | undefined
  readonly fileName: string | undefined
}

/** The file of a form, and its fields, in whatever order they come. Throws ServiceError. */
async function receiveForm(request: FastifyRequest, bodies: BodyReceiver): Promise<ReceivedForm> {
  let file: Pick<ReceivedForm, 'body' | 'mediaType' | 'fileName'> | undefined
  const fields = new Map<string, string>()
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        const body = await new Promise<ReceivedBody>((resolve, reject) => {
          bodies.receive(part.file, {}, (error, received) =>
            received === undefined ? reject(error) : resolve(received),
          )
        })
        file = { body, mediaType: part.mimetype, fileName: part.filename }
        continue
      }
      if (!Object.hasOwn(MetaParts, part.fieldname) || typeof part.value !== 'string') {
        throw new ServiceError(
          'BODY_MALFORMED',
          `the form has a field ${JSON.stringify(String(part.fieldname ?? '').slice(0, 100))}; expected ${Object.keys(MetaParts).join(', ')} and a file`,
        )
      }
      fields.set(part.fieldname, part.value)
    }
  } catch (error) {
    if (file?.body instanceof BodyFile) await file.body.answered()
    if (error instanceof ServiceError) throw error
    const { code = '', message } = error as { code?: string; message: string }
    if (!code.startsWith('FST_') && !/multipart|form/i.test(message)) throw error
    throw new ServiceError('BODY_MALFORMED', `the form cannot be read: ${message}`, { cause: error })
  }
  if (file === undefined) throw new ServiceError('BODY_MALFORMED', 'the form has no file')
  return { ...file, fields: Object.fromEntries(fields) }
}
