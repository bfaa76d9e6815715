// What is said of a run over HTTP.
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { Warning } from '../learning/warnings.ts'
import { RunWarning } from '../model/run-warning.ts'
import { PHASES } from '../trainer/messages.ts'
import { CrossFittingAnswer } from './cross-fitting-answer.ts'
import { SearchSummary } from './search-schemas.ts'

const TextOrNull = (description: string) => Type.Unsafe<string | null>({ type: ['string', 'null'], description })
const NumberOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], format: 'double', minimum: 0, description })
/** anyOf, and not a list of types: that is what a serializer and a generated client understand of objects. */
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const RunProgress = Type.Object(
  {
    phase: Type.String({ 'x-extensible-enum': PHASES, description: 'What the training is at' }),
    step: Type.String({ description: 'What is done in the phase, in the words of the estimator' }),
    done: Type.Number({ format: 'double', description: 'Parts of the step that are done' }),
    of: Type.Number({ format: 'double', description: 'Parts of the step; some methods need less' }),
    fraction: Type.Number({ format: 'double', minimum: 0, maximum: 1, description: 'Of the step' }),
    seconds_left: NumberOrNull('Until the step is done, at the rate so far; null while there is none'),
  },
  { title: 'RunProgress' },
)

const RunTimings = Type.Object(
  {
    run_date: Type.String({ description: 'As the row has it, without a time zone' }),
    accepted: TextOrNull('When this worker accepted the training, ISO 8601 in UTC'),
    started: TextOrNull('When its last attempt began'),
    ended: TextOrNull('When its end was written'),
    seconds_waited: NumberOrNull('From accepted to started, or to now'),
    seconds_trained: NumberOrNull('What the training took, or has taken until now'),
  },
  { title: 'RunTimings', description: 'Null where this worker does not know: of runs of others, or of long ago' },
)

const RunError = Type.Object(
  { code: Type.String({ description: 'error_code' }), message: Type.String({ description: 'error_message' }) },
  { title: 'RunError' },
)

const summary = {
  id: Type.Integer({ format: 'int64' }),
  model_name: Type.String(),
  status: Type.String({ description: 'run_status: PENDING or what the application writes, RUNNING, SUCCESS, FAILED' }),
  position: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    minimum: 1,
    description: 'Place in the queue of this worker; 1 is trained next. Null when it does not wait here',
  }),
  correlation_id: TextOrNull(
    "The caller's id of what the run belongs to; null where he gave none, or it is not known here",
  ),
  progress: orNull(RunProgress),
  timings: RunTimings,
  error: orNull(RunError),
  hints: Type.Array(Type.String(), { description: 'What the operator could do for what is missing here' }),
}

export const RunSummary = Type.Object(summary, { title: 'RunSummary' })
export type RunSummary = Static<typeof RunSummary>

export const Run = Type.Object(
  {
    ...summary,
    parameters: Type.Unsafe<Record<string, unknown> | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'All of them, with their defaults; null where they are not known any more',
    }),
    metrics: Type.Unsafe<Record<string, number | null> | null>({
      type: ['object', 'null'],
      additionalProperties: { type: ['number', 'null'], format: 'double' },
      description:
        'By name, those of single classes last; null for a value that is no finite number. A hint tells where there are more than 20,000. Null as a whole without the right to read them',
    }),
    warnings: Type.Unsafe<readonly Warning[] | null>(
      orNull(
        Type.Array(RunWarning, {
          description:
            'All of them when it has succeeded; before, those of the reading of its rows. Null where not known',
        }),
      ),
    ),
    dataset: Type.Optional(
      Type.Object(
        { id: Type.Integer({ format: 'int64' }), sha256: Type.String({ description: 'Of its bytes' }) },
        { title: 'DatasetOfRun', description: 'The data set that it is trained from, where it is one' },
      ),
    ),
    search: Type.Optional(SearchSummary),
    split_seed: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      format: 'int64',
      minimum: 0,
      description: 'What the held-out rows were drawn by; null where there are none, or it is not known',
    }),
    ...CrossFittingAnswer,
  },
  { title: 'Run' },
)
export type Run = Static<typeof Run>

export const RunList = Type.Object(
  {
    runs: Type.Array(RunSummary),
    next: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      format: 'int64',
      description: 'For `before`, to get the runs after these; null when there are none',
    }),
  },
  { title: 'RunList', description: 'Runs, the newest first' },
)
export type RunList = Static<typeof RunList>

export const RunLogLine = Type.Object(
  {
    id: Type.Integer({ format: 'int64', description: 'Grows from line to line of a run' }),
    time: Type.String({ format: 'date-time', description: 'In UTC' }),
    source: Type.String({
      'x-extensible-enum': ['worker', 'stdout', 'stderr'],
      description: 'Who says it: the worker about the training, or the model class',
    }),
    text: Type.String(),
  },
  { title: 'RunLogLine', description: "A line of a run's log" },
)

/** The data of each event of a run, by the name of the event. */
export const RUN_EVENTS = {
  progress: Type.Object(
    { position: summary.position, progress: summary.progress },
    { title: 'RunProgressEvent', description: 'Where a run stands in the queue, and how far its training is' },
  ),
  log: RunLogLine,
  end: Run,
}

/** The log as application/x-ndjson: text to clients, for no object holds all of it. */
export const RunLogLines = Type.String({
  description:
    'A JSON object on each line: id, which grows; time, in UTC; source, which is worker, stdout or stderr; text',
})
