// What the OpenAPI document says of a report, and the form of the data behind its charts.
import { type Static, Type } from '@sinclair/typebox'
import type { Warning } from '../learning/warnings.ts'
import { RunWarning, readWarnings } from '../model/run-warning.ts'
import { Cell } from '../rows/row-docs.ts'
import type { Chart } from './charts/chart.ts'
import type { RunReport } from './run-reports.ts'

const ChartData = Type.Object(
  {
    name: Type.String({ description: 'Unique in the report, such as roc_curve; roc_curve-2 for the second label' }),
    title: Type.String(),
    description: Type.String({ description: 'What is to be seen, with the key figures' }),
    label: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'The label column that it is about' }),
    fields: Type.Record(Type.String(), Type.String(), { description: 'What each field of the values holds' }),
    values: Type.Array(Type.Record(Type.String(), Cell), { description: 'The data, one object for each mark' }),
  },
  { title: 'ChartData' },
)

const IntegerOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], format: 'int64', description })
const TextOrNull = (description: string) => Type.Unsafe<string | null>({ type: ['string', 'null'], description })
const RowCount = Type.Integer({ minimum: 0 })
const MetricValue = Type.Unsafe<number | null>({ type: ['number', 'null'], format: 'double' })

export const RunArtifacts = Type.Object(
  {
    model_run_id: Type.Integer({ format: 'int64' }),
    model_name: Type.String(),
    evaluated_on: Type.Unsafe<'training' | 'validation'>({
      type: 'string',
      'x-extensible-enum': ['training', 'validation'],
      description: 'The rows that predictions are judged on: those held out, where there are some',
    }),
    training_rows: RowCount,
    validation_rows: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
    metrics: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          training: MetricValue,
          validation: MetricValue,
          baseline: Type.Optional(
            Type.Number({
              format: 'double',
              description: 'Of always answering the most frequent class or the mean, on the judged rows',
            }),
          ),
          interval: Type.Optional(
            Type.Object(
              { from: Type.Number({ format: 'double' }), to: Type.Number({ format: 'double' }) },
              { title: 'MetricInterval', description: '95 %, of the rows held out' },
            ),
          ),
        },
        { title: 'MetricValues' },
      ),
    ),
    problems: Type.Array(
      Type.Object(
        { part: Type.String(), reason: Type.String() },
        { title: 'ReportProblem', description: 'A part of the report that could not be made' },
      ),
    ),
    warnings: Type.Unsafe<readonly Warning[] | null>(
      Type.Union([Type.Array(RunWarning), Type.Null()], { description: 'Null of a run of an earlier version' }),
    ),
    origin: Type.Object(
      {
        split_seed: IntegerOrNull('What the held-out rows were drawn by'),
        seed: IntegerOrNull('What was drawn by where random_state is null'),
        data_digest: TextOrNull('SHA-256 of the rows: the same rows have the same one in any form'),
        worker_version: TextOrNull('Of the worker that trained'),
        node_version: TextOrNull('Of its Node'),
      },
      { title: 'RunOrigin', description: 'What the training came of; null in runs of earlier versions' },
    ),
    charts: Type.Array(ChartData),
  },
  { title: 'RunArtifacts', description: 'The data behind each chart of the report' },
)

export function artifactsOf({ report, head }: RunReport, charts: readonly Chart[]): Static<typeof RunArtifacts> {
  return {
    model_run_id: head.runId as number,
    model_name: head.modelName,
    evaluated_on: report.evaluatedOn,
    training_rows: report.trainingRows,
    validation_rows: report.validationRows,
    metrics: report.metrics,
    problems: report.problems,
    warnings: readWarnings(report.warnings) ?? null,
    origin: {
      split_seed: report.splitSeed ?? null,
      seed: report.seed ?? null,
      data_digest: report.dataDigest ?? null,
      worker_version: report.versions?.worker ?? null,
      node_version: report.versions?.node ?? null,
    },
    charts: charts.map(({ name, title, description, label, fields, values }) => ({
      name,
      title,
      description,
      label,
      fields,
      values: [...values],
    })),
  }
}

const headers = {
  etag: Type.String({ description: 'Stands for the result of the run; If-None-Match gives 304 while it is the same' }),
}

export const reportAnswer = {
  description: 'The report: a page that needs nothing else, for screens and for paper',
  headers,
  content: { 'text/html': { schema: Type.String() } },
}

export const artifactsAnswer = {
  description: 'The data behind each chart of the report, under its name',
  headers,
  content: { 'application/json': { schema: RunArtifacts } },
}

export const unchangedAnswer = {
  description: 'The result is the one whose ETag stands in If-None-Match',
  headers,
  content: {},
}
