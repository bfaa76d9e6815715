// A worker with a project for models that take tensors, and its answers beside those that were expected.
import type { Test } from 'tap'
import { createOwnDatabase } from './database.ts'
import { formOf, importInto, type TensorJson, tensorModel } from './imports.ts'
import { startTestService, type TestService } from './service.ts'

export interface TensorService {
  readonly client: TestService
  /** Imports a model of test/golden/models/tensors into the project `tensors`. path: of its version in the protocol. */
  readonly imported: (t: Test, name: string) => Promise<{ readonly body: TestVersion; readonly path: string }>
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
type TestVersion = any

/** Predictions end after 4 s there. */
export async function startTensorService(t: Test): Promise<TensorService> {
  const database = await createOwnDatabase(t)
  await database.registerModel('imported_model')
  const client = await startTestService(t, {
    DATABASE_URL: database.url,
    MODELS_DIR: 'statistical',
    REVIEW_SELF: 'allow',
    PREDICT_TIMEOUT_SECONDS: 4,
  })
  const project = { model_name: 'imported_model', name: 'tensors', labels: ['y'] }
  t.equal((await client.post('/api/projects', project)).status, 201)
  return {
    client,
    async imported(t, name) {
      const { status, body } = await importInto(client, 'tensors', formOf(tensorModel(name)))
      t.equal(status, 201, JSON.stringify(body))
      return { body, path: `/v2/models/imported_model/versions/${body.model_run_id}` }
    },
  }
}

/** Numbers within 2e-3, as float16 has them, all else the same. */
export function isClose(t: Test, got: readonly TensorJson[], wanted: readonly TensorJson[]) {
  t.same(
    got.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    wanted.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
  )
  wanted.forEach(({ name, datatype, data }, i) => {
    const answer = got[i]?.data ?? []
    if (!datatype.startsWith('FP')) t.same(answer, data, name)
    else
      t.ok(
        data.every((value, k) => Math.abs((answer[k] as number) - (value as number)) < 2e-3),
        name,
      )
  })
}
