// What a caller says of a model that he brings, beside the file: for validation and for the OpenAPI document.
import { type Static, Type } from '@sinclair/typebox'

export const MODEL_FORMATS = ['lightgbm', 'xgboost_json', 'xgboost_ubjson', 'onnx'] as const
export type ModelFormat = (typeof MODEL_FORMATS)[number]

/** Columns, classes and levels that are named at the most. */
const NAMES_MAX = 10_000
const Name = Type.String({ minLength: 1, maxLength: 1000, pattern: '^[^\\u0000]*$' })
const Level = Type.Union([Name, Type.Number(), Type.Boolean()])
const Levels = (description: string) => Type.Optional(Type.Array(Level, { maxItems: NAMES_MAX, description }))

export const ImportOptions = Type.Object(
  {
    format: Type.Optional(
      Type.Union(
        MODEL_FORMATS.map((format) => Type.Literal(format)),
        { description: 'Absent: the beginning of the file tells it' },
      ),
    ),
    label_name: Type.Optional(
      Type.Union([Name, Type.Array(Name, { minItems: 1, maxItems: 100 })], {
        description:
          'What the predictions are called; absent: the label column of the project. Several of a model of several numbers',
      }),
    ),
    feature_names: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        maxItems: NAMES_MAX,
        description: 'In the order of the file; absent: as the file has them',
      }),
    ),
    classes: Levels(
      'Labels in the order of the probabilities; absent: as the file has them, else those of the golden rows in order',
    ),
    categories: Type.Optional(
      Type.Record(Name, Type.Array(Level, { maxItems: NAMES_MAX }), {
        description: 'Of trees, by column: the categories that the codes 0, 1, … stand for, where the file lacks them',
      }),
    ),
    categorical_features: Type.Optional(
      Type.Array(Name, {
        maxItems: NAMES_MAX,
        description:
          'Of LightGBM: the columns that pandas_categorical tells of, where the file does not make that clear',
      }),
    ),
    missing: Type.Optional(
      Type.Array(Type.Number(), {
        maxItems: 10,
        description:
          "Of trees: numbers that stand for a missing value, such as XGBoost's `missing`, which its files do not hold",
      }),
    ),
    rounds: Type.Optional(
      Type.Union([Type.Literal('all'), Type.Literal('best')], {
        description:
          'Of trees: all rounds, or those up to the best one of early stopping, as the scikit-learn API of XGBoost takes them',
      }),
    ),
    outputs: Type.Optional(
      Type.Object(
        {
          label: Type.Optional(Name),
          probabilities: Type.Optional(Name),
          values: Type.Optional(Name),
        },
        {
          additionalProperties: false,
          description: 'Of ONNX: which outputs are what, where the file does not make that clear',
        },
      ),
    ),
    tolerance: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 0.1,
        format: 'double',
        description:
          'How far a prediction may be from the golden one, relative to it; absent: 1e-15 of LightGBM, whose sums are equal to the bit; 1e-6 of XGBoost and ONNX, which count in float32; of golden tensors 1e-5, and 2e-3 of float16',
      }),
    ),
    description: Type.Optional(Type.String({ maxLength: 2000, pattern: '^[^\\u0000]*$' })),
    parent: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'The version that it takes the place of' }),
    ),
  },
  { additionalProperties: false, title: 'ImportOptions' },
)
export type ImportOptions = Static<typeof ImportOptions>

/** What the check of a file is told: options with what the project says in their place. */
export interface ImportWish extends Omit<ImportOptions, 'description' | 'parent'> {
  /** label_name, or what the project calls it. */
  readonly labelNames: readonly string[]
}

/**
 * LightGBM counts in float64: sums of leaves are equal to the bit. Its exp multiplies and adds at once where the processor can:
 * 1 probability in 1,000 differs by an ulp, and of softmax 1 in 10,000 by two, up to 4.4e-16 (160,000 values of LightGBM 4.7).
 * XGBoost and converted models count in float32: the framework's own predictions have no more digits.
 */
const TOLERANCES: Readonly<Record<ModelFormat, number>> = {
  lightgbm: 1e-15,
  xgboost_json: 1e-6,
  xgboost_ubjson: 1e-6,
  onnx: 1e-6,
}

export function toleranceOf(format: ModelFormat, given: number | undefined): number {
  return given ?? TOLERANCES[format]
}

/** By the first bytes of a file; undefined where they tell nothing. */
export function formatOf(file: Uint8Array): ModelFormat | undefined {
  const head = Buffer.from(file.subarray(0, 16)).toString('latin1')
  if (/^\s*tree\s/.test(head)) return 'lightgbm'
  if (/^\s*\{\s*"/.test(head)) return 'xgboost_json'
  if (head.startsWith('{')) return 'xgboost_ubjson'
  // The first field of a ModelProto is its ir_version.
  return file[0] === 0x08 ? 'onnx' : undefined
}
