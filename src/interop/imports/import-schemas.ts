// What the route of imports takes and answers, for validation and for the OpenAPI document.
import { type Static, Type } from '@sinclair/typebox'
import { IdempotencyKey } from '../../intake/callers-word.ts'
import { ERRORS } from '../../pages.ts'
import { ProjectPath } from '../../projects/project-schemas.ts'
import { VersionAnswer, versionAnswerOf } from '../../projects/versions/schemas.ts'
import { ImportOptions } from './import-options.ts'
import type { ImportedVersion } from './imports.ts'

const Binary = (description: string) => Type.String({ format: 'binary', description })

const Form = Type.Object({
  model: Binary('The file: model.txt of LightGBM, JSON or UBJSON of XGBoost, or ONNX'),
  golden: Binary(
    'Rows with what the framework predicts for them: the features, the label, and of a classifier label.probability.class for each class. Or, of an ONNX model that takes tensors, JSON of inputs with the outputs: {"inputs": […], "outputs": […]}, or several as {"cases": […]}',
  ),
  options: Type.Optional(
    Type.String({
      description: `JSON of what else is said of the model, such as {"label_name": "species"}: ${Object.keys(ImportOptions.properties).join(', ')}; docs/frameworks.md tells each`,
    }),
  ),
})

const Comparison = Type.Object(
  {
    rows: Type.Integer(),
    columns: Type.Array(Type.String(), {
      description: 'The columns of predictions that were compared; of tensors the outputs',
    }),
    tolerance: Type.Number({ format: 'double' }),
    worst: Type.Optional(
      Type.Object(
        {
          difference: Type.Number({ format: 'double', description: 'Relative, of all numbers the largest' }),
          row: Type.Integer({ description: 'From 0; of tensors the element, row by row' }),
          column: Type.String(),
        },
        { title: 'WorstDifference', description: 'Absent where no number differs at all' },
      ),
    ),
  },
  { title: 'GoldenComparison' },
)
const Warning = Type.Object(
  {
    code: Type.Unsafe<string>({
      type: 'string',
      'x-extensible-enum': ['GOLDEN_ROWS_FEW', 'GOLDEN_ROWS_WITHOUT_MISSING', 'NO_CELLS'],
    }),
    message: Type.String(),
  },
  { title: 'ImportWarning' },
)

const ImportAnswer = Type.Object(
  { ...VersionAnswer.properties, golden: Comparison, warnings: Type.Array(Warning) },
  { title: 'ImportedVersion' },
)

export const importSchema = {
  operationId: 'importVersion',
  tags: ['projects'],
  summary: 'Make a version of a model that was trained elsewhere, where it answers golden rows as its framework did',
  description:
    'The file is read and checked in a thread of its own, with limits of time and memory, and its predictions of the golden rows are compared with those that come with them. Where they differ by more than the tolerance there is no version: the first rows that differ are told. The golden rows become a data set. A model with golden tensors takes tensors: it is asked by the inference protocol alone. The version is reviewed, deployed and watched as any other; it cannot be trained again.',
  params: ProjectPath,
  headers: Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) }),
  response: { 201: ImportAnswer },
  docs: {
    body: { 'multipart/form-data': { schema: Form } },
    errors: [
      ...['PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'VERSION_UNKNOWN', 'MODEL_UNKNOWN', 'MODEL_UNAVAILABLE'],
      ...['MODEL_UNREGISTERED', 'GOLDEN_ROWS_DIFFER', 'IMPORTED_MODEL_FAILED', 'ONNX_OFF', 'RUN_NOT_CREATABLE'],
      ...['RUN_HELD_ELSEWHERE', 'RUN_NOT_READY', 'REQUEST_INVALID', 'BODY_MALFORMED', 'BODY_TOO_LARGE'],
      ...['MEMORY_EXCEEDED', 'IDEMPOTENCY_KEY_REUSED', 'STORAGE_UNAVAILABLE', 'OVERLOADED', 'SHUTTING_DOWN'],
      ...ERRORS,
    ],
  },
} as const

export function importAnswerOf({ version, comparison, warnings }: ImportedVersion): Static<typeof ImportAnswer> {
  const { rows, columns, tolerance, worst } = comparison
  const golden = { rows, columns: [...columns], tolerance, ...(worst === null ? {} : { worst }) }
  return { ...versionAnswerOf(version), golden, warnings: [...warnings] }
}
