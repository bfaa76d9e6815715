// What callers see of drift and of the quality of data.
import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../../pages.ts'
import { Moment } from '../../projects/project-schemas.ts'
import { CellAnswer, ColumnFigures } from '../column-schemas.ts'
import { SEVERITIES } from '../statistics/severity.ts'
import { COLUMN_STATES, FINDINGS, LOOK_STATES, QUALITY_STATES, ROLES } from './look.ts'

const Count = (description: string) => Type.Integer({ format: 'int64', description })
const Figure = (description: string) => Type.Optional(Type.Number({ format: 'double', description }))
const Named = (values: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...values], description })
const SeverityMember = Type.Optional(Named(SEVERITIES, 'Of the gravest that was found'))
const RoleMember = Named(
  ROLES,
  'answer: what the version predicts; features may have the same name. row: whether whole rows are anomalous',
)

const UnseenLevels = Type.Optional(
  Type.Array(
    Type.Object(
      {
        level: Type.String({ description: 'Its first 100 characters' }),
        rows: Count('Rows of the window that had it, at least'),
      },
      { title: 'UnseenLevel' },
    ),
    {
      description:
        'The most frequent levels that the training never saw, 20 at the most; absent where there are none, and while the log of the project is off',
    },
  ),
)

const ColumnDrift = Type.Object(
  {
    name: Type.String(),
    role: RoleMember,
    kind: Type.Optional(Named(['numeric', 'categorical'], 'Of its cells')),
    state: Named(
      COLUMN_STATES,
      'drift: significant, and large. constant: one value, then and now. failed: it could not be judged, the others were',
    ),
    ...ColumnFigures,
    overdispersion: Figure('How much more windows differ than those of independent rows: 1 where rows are independent'),
    rows_needed: Type.Optional(Count('Rows from which the state can be ok; absent where the training had too few')),
    rows: Count('Rows of the window'),
    error: Type.Optional(Type.String({ description: 'Why it failed' })),
    unseen_levels: UnseenLevels,
    cells: Type.Optional(Type.Array(CellAnswer, { description: 'Absent where the baseline cannot be read' })),
  },
  { title: 'ColumnDrift' },
)

const WindowParts = {
  look_id: Type.Optional(
    Type.Integer({ format: 'int64', description: 'Absent of a look that was made for this answer' }),
  ),
  project: Type.String(),
  environment: Type.String(),
  version: Type.Integer(),
  from: Moment('The beginning of the window, at a full hour'),
  to: Moment('Its end, which is not in it'),
  made_at: Moment('When it was looked at'),
  rows: Count('Predicted rows of the window'),
}
const DriftParts = {
  state: Named(LOOK_STATES, 'drift: of one column at least'),
  severity: SeverityMember,
  drifted: Type.Integer({ description: 'Columns whose state is drift' }),
}

const BasisAnswer = Type.Object(
  {
    days_per_false_alarm: Type.Number({ format: 'double', description: 'One false alarm is allowed in so many days' }),
    looks_per_day: Type.Number({ format: 'double' }),
    tests: Type.Integer({ description: 'Columns of all versions of the project in the window' }),
    level: Type.Number({ format: 'double', description: '1 / (days × tests × looks a day), 0.05 at the most' }),
    rows_needed: Type.Optional(Count('Rows from which every feature is judged; absent where the training had too few')),
    baseline_rows: Count('Rows of the training'),
    calibration_windows: Type.Integer({ description: 'Windows that the overdispersion was estimated from' }),
    evidence: Figure('Of the sequential detector, where the project has it on: what its looks have collected'),
    evidence_needed: Figure('From there on it is drift'),
  },
  { title: 'DriftBasis' },
)

const AnomalousRows = Type.Object(
  {
    state: Named(
      [...COLUMN_STATES, 'no_forest', 'too_few_rows'],
      'As of the column with the role row. no_forest: the training grew no isolation forest, as those of earlier workers; train it again. too_few_rows: it held too few rows out for this share',
    ),
    allowed_share: Type.Number({ format: 'double', description: 'anomaly_share of the project' }),
    expected_share: Figure('Of the rows of the training that were held out'),
    rows: Count('Predicted rows of the window that were scored'),
    anomalous: Count('Those of them that are anomalous'),
    share: Figure('anomalous of rows'),
  },
  { title: 'AnomalousRows', description: 'Absent where the project has no rows scored' },
)

export const DriftAnswer = Type.Object(
  {
    ...WindowParts,
    ...DriftParts,
    basis: BasisAnswer,
    anomalous_rows: Type.Optional(AnomalousRows),
    columns: Type.Array(ColumnDrift, { description: 'Those with drift first, then by psi_excess' }),
  },
  { title: 'Drift' },
)
export type DriftAnswer = Static<typeof DriftAnswer>

const WorstAnswer = Type.Object(
  {
    name: Type.String(),
    role: RoleMember,
    state: Named(COLUMN_STATES, 'As in the look'),
    severity: SeverityMember,
    psi_excess: Type.Number({ format: 'double' }),
  },
  { title: 'DriftWorstColumn' },
)
const LookAnswer = Type.Object(
  {
    ...WindowParts,
    ...DriftParts,
    look_id: Type.Integer({ format: 'int64' }),
    quality_state: Named(QUALITY_STATES, 'Of the quality of the data in the window'),
    quality_severity: SeverityMember,
    worst: Type.Array(WorstAnswer, { description: 'Columns with the largest effect, 10 at the most' }),
  },
  { title: 'DriftLook' },
)
export type LookAnswer = Static<typeof LookAnswer>

export const DriftHistory = Type.Object(
  { looks: Type.Array(LookAnswer, { description: 'The newest first' }), next: NextPage },
  { title: 'DriftHistory' },
)

const Share = Type.Object(
  {
    baseline: Type.Number({ format: 'double', description: 'Share of the rows of the training: 0 to 1' }),
    current: Type.Number({ format: 'double', description: 'Share of the rows of the window: 0 to 1' }),
    rows: Count('Rows of the window'),
  },
  {
    title: 'QualityShare',
    description:
      'Of rows without a value; with a level that the training had not; below its least number; above its largest one',
  },
)
const WrongTypeAnswer = Type.Object(
  {
    requests: Count('Of the window, whatever became of them'),
    share: Type.Number({ format: 'double', description: 'Of them those that were refused for the column: 0 to 1' }),
    got: Type.Record(Type.String(), Type.Integer({ format: 'int64' }), {
      description: 'How many of them, by what came: string, number, boolean, array, object, or absent',
    }),
  },
  { title: 'QualityWrongType', description: 'Requests that were refused because the column has another type' },
)
const ColumnQualityAnswer = Type.Object(
  {
    name: Type.String(),
    role: RoleMember,
    state: Named(
      QUALITY_STATES,
      'bad: a share rose significantly, and by 5 points; the column lost its variety; or 5 of 100 requests were refused for its type',
    ),
    severity: Type.Optional(Named(SEVERITIES, 'medium from 5 points, high from 10, critical from 20')),
    findings: Type.Array(Named(FINDINGS, 'What is bad of it')),
    rows: Count('Rows of the window'),
    missing: Share,
    unseen: Type.Optional(Share),
    unseen_levels: UnseenLevels,
    below: Type.Optional(Share),
    above: Type.Optional(Share),
    wrong_type: Type.Optional(WrongTypeAnswer),
    one_cell: Type.Boolean({
      description: 'All values of the window are in one cell, and those of the training were not',
    }),
  },
  { title: 'ColumnQuality' },
)

export const QualityAnswer = Type.Object(
  {
    ...WindowParts,
    state: Named(QUALITY_STATES, 'bad: of one column at least'),
    severity: SeverityMember,
    bad: Type.Integer({ description: 'Columns whose state is bad' }),
    columns: Type.Array(ColumnQualityAnswer, { description: 'The bad ones first' }),
  },
  { title: 'DataQuality' },
)
export type QualityAnswer = Static<typeof QualityAnswer>
