// POST /api/projects/{project}/versions/imports: a model that was trained elsewhere.
import { extname } from 'node:path'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { callerOf } from '../../http/guard.ts'
import { FaultList } from '../../model/faults.ts'
import { BodyFile, bytesOf, lengthOf, type ReceivedBody } from '../../rows/body-file.ts'
import type { BodyReceiver } from '../../rows/body-receiver.ts'
import { FORM_OF_ENDING, ROWS_MEDIA_TYPES, type RowsForm } from '../../rows/forms.ts'
import { addMemberFaults } from '../../rows/json-members.ts'
import { MemberFaults } from '../../rows/member-faults.ts'
import { repeatedIn } from '../repeated.ts'
import { ImportOptions } from './import-options.ts'
import { importAnswerOf, importSchema } from './import-schemas.ts'
import type { ImportRequest, Imports } from './imports.ts'
import { addOptionFaults, beginsWithTensors, readFormat } from './option-faults.ts'

export interface ImportRoutesParts {
  readonly imports: Imports
  readonly bodies: BodyReceiver
  /** Of each file of a form. */
  readonly byteLengthMax: number
}

const OPTIONS_BYTES_MAX = 2 ** 20
const IMPORTS = { permission: 'projects:write', audit: 'version.import' } as const

export const importRoutes =
  ({ imports, bodies, byteLengthMax }: ImportRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.removeAllContentTypeParsers()
    await app.register(multipart, {
      limits: {
        fieldNameSize: 100,
        fieldSize: OPTIONS_BYTES_MAX,
        fields: 1,
        files: 2,
        parts: 3,
        headerPairs: 50,
        // One more than may be: the receiver says what is wrong with it.
        fileSize: byteLengthMax + 1,
      },
    })

    const path = '/api/projects/:project/versions/imports'
    app.post(path, { schema: importSchema, config: IMPORTS }, async (request, reply) => {
      if (!request.isMultipart()) {
        throw new ServiceError('MEDIA_TYPE_UNSUPPORTED', 'expected multipart/form-data with the files model and golden')
      }
      const form = new ImportForm()
      try {
        await form.receive(request, bodies)
        const { 'idempotency-key': key } = request.headers
        const made = await imports.import(request.params.project, form.request(), callerOf(request), key)
        reply.code(201).header('location', `/api/projects/${request.params.project}/versions/${made.version.version}`)
        return importAnswerOf(made)
      } finally {
        await form.answered()
      }
    })
  }

interface ReceivedFile {
  readonly body: ReceivedBody
  readonly mediaType: string
  readonly fileName: string
}

/** The parts of a form, in whatever order they come. */
class ImportForm {
  private readonly files = new Map<string, ReceivedFile>()
  private options: string | undefined

  /** Throws ServiceError BODY_MALFORMED, and what receiving throws. */
  async receive(request: FastifyRequest, bodies: BodyReceiver): Promise<void> {
    try {
      for await (const part of request.parts()) {
        if (part.type === 'file') {
          if (!['model', 'golden'].includes(part.fieldname) || this.files.has(part.fieldname))
            throw unexpected(part.fieldname)
          const body = await new Promise<ReceivedBody>((resolve, reject) => {
            bodies.receive(part.file, {}, (error, received) =>
              received === undefined ? reject(error) : resolve(received),
            )
          })
          this.files.set(part.fieldname, { body, mediaType: part.mimetype, fileName: part.filename })
        } else if (part.fieldname === 'options' && typeof part.value === 'string') this.options = part.value
        else throw unexpected(part.fieldname)
      }
    } catch (error) {
      if (error instanceof ServiceError) throw error
      const { code = '', message } = error as { code?: string; message: string }
      if (!code.startsWith('FST_') && !/multipart|form/i.test(message)) throw error
      throw new ServiceError('BODY_MALFORMED', `the form cannot be read: ${message}`, { cause: error })
    }
  }

  /** Throws ServiceError REQUEST_INVALID with every part that is missing, and every option that is none or not for what is brought. */
  request(): ImportRequest {
    const faults = new FaultList()
    const { options, isFormatKnown } = readOptions(this.options, faults)
    const model = this.file('model', faults)
    const golden = this.file('golden', faults)
    const form = golden && formOf(golden, faults)
    if (!faults.isEmpty || model === undefined || golden === undefined || form === undefined) {
      // Of a sound form the thread does that, which reads the files as a whole.
      const format = isFormatKnown && model ? readFormat(options.format, bytesOf(model.body), faults) : undefined
      const isOfTensors =
        golden !== undefined && form !== undefined && beginsWithTensors({ body: bytesOf(golden.body), form })
      if (format !== undefined) addOptionFaults(options, { format, isOfTensors }, faults)
      throw invalidRequest(faults)
    }
    return { model: model.body, golden: golden.body, form, dialect: {}, options }
  }

  async answered(): Promise<void> {
    for (const { body } of this.files.values()) if (body instanceof BodyFile) await body.answered()
  }

  private file(name: 'model' | 'golden', faults: FaultList): ReceivedFile | undefined {
    const file = this.files.get(name)
    if (file !== undefined && lengthOf(file.body) > 0) return file
    const what = name === 'model' ? 'the file of the model' : 'rows with what the framework predicts for them'
    faults.add({
      in: name,
      detail: `${file === undefined ? 'missing' : 'empty'}: expected ${what}, as a file of the form`,
    })
    return undefined
  }
}

/** isFormatKnown: whether it is said, or left to the file; else it is malformed. */
function readOptions(
  text: string | undefined,
  faults: FaultList,
): { readonly options: ImportOptions; readonly isFormatKnown: boolean } {
  let given: unknown = {}
  try {
    given = text === undefined || text === '' ? {} : JSON.parse(text)
  } catch (error) {
    faults.add({ in: 'options', detail: `expected a JSON object: ${(error as Error).message.slice(0, 200)}` })
  }
  const isJson = faults.isEmpty
  const found = new MemberFaults()
  const options = addMemberFaults(given, ImportOptions, found)
  for (const fault of found.listed) faults.add({ ...fault, in: 'options' })
  const lists = { classes: options.classes?.map(String), feature_names: options.feature_names }
  for (const [parameter, texts = []] of Object.entries(lists)) {
    for (const text of repeatedIn(texts)) {
      faults.add({ in: 'options', parameter, detail: `${JSON.stringify(text)} is there twice` })
    }
  }
  return { options, isFormatKnown: isJson && found.areSound('format') }
}

function formOf({ mediaType, fileName }: ReceivedFile, faults: FaultList): RowsForm | undefined {
  const byType = ROWS_MEDIA_TYPES[mediaType.toLowerCase() as keyof typeof ROWS_MEDIA_TYPES]
  const form = FORM_OF_ENDING[extname(fileName ?? '').toLowerCase()] ?? byType
  if (form === undefined) {
    const forms = [...new Set(Object.values(ROWS_MEDIA_TYPES))].join(', ')
    const detail = `neither the ending of its name nor its content type tells its form; expected one of ${forms}`
    faults.add({ in: 'golden', detail })
  }
  return form
}

function unexpected(name: string): ServiceError {
  const shown = JSON.stringify(String(name ?? '').slice(0, 100))
  return new ServiceError(
    'BODY_MALFORMED',
    `the form has a part ${shown}; expected the files model and golden, and options`,
  )
}
