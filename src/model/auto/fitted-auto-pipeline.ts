// What an automatic choice came to: the pipelines of the chosen candidates, as one.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState, StateValue } from '../../learning/estimator.ts'
import { decisionState, FittedPipeline } from '../fitted-pipeline.ts'
import { toFrame } from '../frame.ts'
import type { ModelParameters } from '../model.ts'
import type { FittedOutput } from '../output-rows.ts'
import { rowOf } from '../row-of.ts'
import { appendSparse, type FittedStep, type Frame, type SparsePart } from '../steps/step.ts'
import { MEMBERS_MAX } from './auto-parameters.ts'
import { type Candidate, candidateState, encodingKey } from './candidate.ts'
import { type BlendMember, type ColumnSpan, FittedBlendClassifier, FittedBlendRegressor } from './fitted-blend.ts'
import type { Trial } from './trials.ts'

/** One of the chosen. */
export interface Chosen {
  readonly candidate: Candidate
  /** Above 0; those of all sum to 1. */
  readonly weight: number
}

export interface Member extends Chosen {
  readonly fitted: FittedPipeline
}

/** How an output decides. */
export type Decision = Pick<FittedOutput, 'calibration' | 'threshold'>

/** How the choice went. */
export interface AutoSearch {
  readonly metric: string
  readonly seed: number
  /** Of the last rung; 1 where one part was held out, 0 where nothing was tried. */
  readonly foldCount: number
  /** Without the fit of what was chosen. */
  readonly seconds: number
  readonly trials: readonly Trial[]
  /** Of the rows that were held out: that of the blend, where there is one, else of the best candidate. */
  readonly score: number | null
}

export class FittedAutoPipeline extends FittedPipeline {
  readonly members: readonly Member[]
  /** Absent of one that was restored. */
  readonly search: AutoSearch | undefined
  /** Parameters that choose the same of the same rows: as many trials, whatever time they take. */
  readonly repeatedBy: ModelParameters

  /** Throws StateError when the members do not take the same columns and predict the same labels. */
  constructor(members: readonly Member[], search?: AutoSearch, decisions: readonly Decision[] = []) {
    const { featureSchema, steps, outputs } = asOne(members)
    const decided = outputs.map((output, label) => ({ ...output, ...decisions[label] }))
    super(featureSchema, steps, decided)
    this.members = members
    this.search = search
    this.repeatedBy = { time_budget_seconds: null, trials_max: search?.trials.length ?? 0 }
  }

  override withDecisions(outputs: readonly FittedOutput[]): FittedAutoPipeline {
    const decisions = outputs.map(
      ({ calibration, threshold }): Decision => ({
        ...(calibration === undefined ? {} : { calibration }),
        ...(threshold === undefined ? {} : { threshold }),
      }),
    )
    return new FittedAutoPipeline(this.members, this.search, decisions)
  }

  override toState(): EstimatorState {
    return {
      decisions: this.outputs.map(decisionState),
      members: this.members.map(
        ({ candidate, weight, fitted }): StateValue => ({
          candidate: candidateState(candidate),
          weight,
          state: fitted.toState(),
        }),
      ),
    }
  }
}

function asOne(members: readonly Member[]): Pick<FittedPipeline, 'featureSchema' | 'steps' | 'outputs'> {
  const [first, ...others] = members
  if (first === undefined || members.length > MEMBERS_MAX) throw new StateError(`expected 1 to ${MEMBERS_MAX} members`)
  const total = members.reduce((sum, { weight }) => sum + weight, 0)
  if (!(Math.abs(total - 1) < 1e-9)) throw new StateError('expected weights that sum to 1')
  if (others.length === 0) return first.fitted
  const shape = shapeOf(first.fitted)
  if (others.some(({ fitted }) => shapeOf(fitted) !== shape)) {
    throw new StateError('expected members of the same columns and labels')
  }
  const { featureSchema } = first.fitted
  const encodings = new Map<string, FittedPipeline>()
  for (const { candidate, fitted } of members) encodings.set(encodingKey(candidate), fitted)
  const spans = new Map<string, ColumnSpan>()
  const probe = toFrame(rowOf(featureSchema))
  let [dense, sparse] = [0, 0]
  for (const [key, encoding] of encodings) {
    const { columns, sparse: more } = encoding.encode(probe)
    const ends = [dense + columns.length, sparse + (more?.columnCount ?? 0)] as const
    spans.set(key, { dense: [dense, ends[0]], sparse: [sparse, ends[1]] })
    ;[dense, sparse] = ends
  }
  const outputs = first.fitted.outputs.map((output, label): FittedOutput => {
    const blended = members.map(({ candidate, weight, fitted }) => ({
      fitted: (fitted.outputs[label] as FittedOutput).fitted,
      span: spans.get(encodingKey(candidate)) as ColumnSpan,
      weight,
    }))
    return { ...output, fitted: blendOf(blended, dense + sparse) }
  })
  return { featureSchema, steps: [new FittedEncodings([...encodings.values()])], outputs }
}

function blendOf(members: readonly BlendMember<FittedOutput['fitted']>[], columnCount: number): FittedOutput['fitted'] {
  const [first] = members
  if (first?.fitted.kind === 'classifier') {
    return new FittedBlendClassifier(
      members.flatMap(({ fitted, ...rest }) => (fitted.kind === 'classifier' ? [{ fitted, ...rest }] : [])),
      columnCount,
    )
  }
  return new FittedBlendRegressor(
    members.flatMap(({ fitted, ...rest }) => (fitted.kind === 'regressor' ? [{ fitted, ...rest }] : [])),
    columnCount,
  )
}

/** The same for pipelines that may stand for each other. */
function shapeOf({ featureSchema, outputs }: FittedPipeline): string {
  return JSON.stringify([featureSchema, outputs.map(({ name, levels, fitted }) => [name, levels, fitted.kind])])
}

/** What each of several pipelines makes of the rows, one beside the other. */
class FittedEncodings implements FittedStep {
  readonly type = 'encodings'
  private readonly pipelines: readonly FittedPipeline[]

  constructor(pipelines: readonly FittedPipeline[]) {
    this.pipelines = pipelines
  }

  transform(frame: Frame): Frame {
    return this.pipelines.map((pipeline) => pipeline.encode(frame)).reduce(joined)
  }

  /** The steps are written with the pipelines of the members. */
  toState(): EstimatorState {
    return {}
  }
}

/** The columns of both, those of the second behind those of the first, the sparse ones behind all. */
function joined(left: Frame, right: Frame): Frame {
  const { sparse: more, ...rest } = right
  const both = <T>(of: (frame: Frame) => readonly T[] | undefined, otherwise: (frame: Frame) => readonly T[]): T[] => [
    ...(of(left) ?? otherwise(left)),
    ...(of(rest) ?? otherwise(rest)),
  ]
  const none =
    <T>(value: T) =>
    (frame: Frame): T[] =>
      frame.columns.map(() => value)
  const frame: Frame = {
    ...left,
    columns: [...left.columns, ...rest.columns],
    columnNames: [...left.columnNames, ...rest.columnNames],
    categoryCounts: [...left.categoryCounts, ...rest.categoryCounts],
    isIndicator: both((one) => one.isIndicator, none(false)),
    levels: both((one) => one.levels, none(undefined)),
    sources: both(
      (one) => one.sources,
      (one) => one.columnNames,
    ),
    ...(left.kinds === undefined || rest.kinds === undefined ? {} : { kinds: [...left.kinds, ...rest.kinds] }),
  }
  return more === undefined ? frame : appendSparse(frame, more, more.parts as readonly SparsePart[])
}
