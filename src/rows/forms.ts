// The forms in which rows come and predictions go.

export type RowsForm = 'json' | 'csv' | 'ndjson' | 'arrow' | 'parquet' | 'xlsx'
export type AnswerForm = 'json' | 'csv' | 'arrow'

/** What is taken, by media type. */
export const ROWS_MEDIA_TYPES = {
  'application/json': 'json',
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/vnd.apache.arrow.stream': 'arrow',
  'application/vnd.apache.arrow.file': 'arrow',
  'application/vnd.apache.parquet': 'parquet',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
} as const satisfies Record<string, RowsForm>

/** The form of a file, by how its name ends. */
export const FORM_OF_ENDING: Readonly<Record<string, RowsForm>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.feather': 'arrow',
  '.parquet': 'parquet',
  '.xlsx': 'xlsx',
}

/** Forms whose readers are made for threads: they load packages, or read all of a body however few its bytes are. */
const BINARY_FORMS: ReadonlySet<RowsForm> = new Set<RowsForm>(['arrow', 'parquet', 'xlsx'])

export function isBinaryForm(form: RowsForm): boolean {
  return BINARY_FORMS.has(form)
}

/** What is given, in the order of preference. */
const ANSWER_MEDIA_TYPES = {
  'application/json': 'json',
  'text/csv': 'csv',
  'application/vnd.apache.arrow.stream': 'arrow',
} as const satisfies Record<string, AnswerForm>

export const ANSWER_MEDIA_TYPE_NAMES = Object.keys(ANSWER_MEDIA_TYPES)

/** With their parameters. */
export const ANSWER_CONTENT_TYPES: Readonly<Record<AnswerForm, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  arrow: 'application/vnd.apache.arrow.stream',
}

export function rowsFormOf(mediaType: string | undefined): RowsForm {
  if (mediaType === 'application/json') return 'json'
  return ROWS_MEDIA_TYPES[mediaType?.toLowerCase() as keyof typeof ROWS_MEDIA_TYPES] ?? 'json'
}

/** The form that an Accept header (RFC 9110, 12.5.1) prefers; JSON without one, undefined when it takes none of ours. */
export function answerFormOf(accept: string | undefined): AnswerForm | undefined {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json'
  return preferredForm(accept, ANSWER_MEDIA_TYPES)
}

/** The same among other forms, by media type and in the order of preference. */
export function preferredForm<Form>(
  accept: string | undefined,
  mediaTypes: Readonly<Record<string, Form>>,
): Form | undefined {
  if (accept === undefined || accept.trim() === '') return Object.values(mediaTypes)[0]
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
    return { type, weight: Number(weight) || 0 }
  })
  let best: Form | undefined
  let bestWeight = 0
  for (const [type, form] of Object.entries(mediaTypes)) {
    // The most specific range that fits decides.
    const fitting = [type, `${type.split('/')[0]}/*`, '*/*']
    const weight = fitting
      .map((name) => ranges.find((range) => range.type === name)?.weight)
      .find((q) => q !== undefined)
    if (weight !== undefined && weight > bestWeight) {
      best = form
      bestWeight = weight
    }
  }
  return best
}
