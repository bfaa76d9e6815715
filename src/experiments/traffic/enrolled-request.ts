// One request of a unit: what is told of its arm, and of the rows that were answered.
import type { Enrolled, Repeat, SplitArm } from '../../deployments/serving/traffic.ts'
import type { SampledRows } from '../../prediction/rows-watch.ts'
import { answerTexts } from './answer-texts.ts'
import type { DividedParts } from './divided-parts.ts'
import type { KnownUnit } from './known-units.ts'
import { repeatWith } from './shadow-predictions.ts'

/** What an arm has answered, by row; undefined of one that has not. */
type ArmTexts = readonly (string | null)[] | undefined

export class EnrolledRequest implements Enrolled {
  readonly experimentId: number
  readonly arm: SplitArm
  readonly control: SplitArm
  readonly isRepeated: boolean
  private readonly parts: DividedParts
  private readonly unit: KnownUnit
  /** When it came, in milliseconds since 1970. */
  private readonly at: number
  private repeat: Repeat | undefined

  constructor(parts: DividedParts, unit: KnownUnit, at: number) {
    const { experiment, arms } = parts
    const { mode } = experiment.plan
    this.parts = parts
    this.unit = unit
    this.at = at
    this.experimentId = experiment.experimentId
    this.control = arms[0]
    this.arm = arms[unit.arm] as SplitArm
    this.isRepeated = mode !== 'split'
  }

  repeatBy(repeat: Repeat): void {
    this.repeat = repeat
  }

  predicted(milliseconds: number): void {
    const { log, experiment } = this.parts
    if (isSlow(experiment.plan.guardrails, milliseconds)) log.slow(this.unit, this.at)
  }

  failed(milliseconds: number): void {
    this.parts.log.fail(this.unit, this.at)
    this.predicted(milliseconds)
  }

  answered(by: SplitArm, rows: SampledRows, idPrefix: string, milliseconds: number): void {
    const { arms, shadows } = this.parts
    const texts = answerTexts(rows)
    const answers = arms.map((arm): ArmTexts => (arm === by ? texts : undefined))
    const { repeat } = this
    if (repeat === undefined) {
      this.keepRows(rows.rows, answers, idPrefix, milliseconds)
      return
    }
    const keep = (): void => this.keepRows(rows.rows, answers, idPrefix, milliseconds)
    // An arm that has failed is not asked again.
    const others = arms.filter((arm) => arm !== by && arm !== this.arm)
    if (repeat.bytes === undefined || others.length === 0) {
      if (others.length > 0) shadows.leftOut('large')
      keep()
      return
    }
    shadows.add({
      bytes: repeat.bytes,
      leaveOut: keep,
      run: async () => {
        const result = await repeatWith(repeat, others, (arm, found) => {
          answers[arms.indexOf(arm)] = alignedTo(rows.rows, found)
        })
        keep()
        return result
      },
    })
  }

  private keepRows(rows: Uint32Array, answers: readonly ArmTexts[], idPrefix: string, milliseconds: number): void {
    const { log } = this.parts
    for (let i = 0; i < rows.length; i++) {
      const ofRow = new Array<string | null>(answers.length)
      for (let place = 0; place < ofRow.length; place++) ofRow[place] = answers[place]?.[i] ?? null
      log.add({ of: this.unit, idPrefix, row: rows[i] as number, answers: ofRow, milliseconds })
    }
  }
}

function isSlow(guardrails: DividedParts['experiment']['plan']['guardrails'], milliseconds: number): boolean {
  for (const guardrail of guardrails) if (guardrail.kind === 'latency') return milliseconds > guardrail.budgetMs
  return false
}

/** Answers of the same rows; another version may have told other ones of many. O(rows). */
function alignedTo(rows: Uint32Array, found: SampledRows): (string | null)[] {
  const texts = answerTexts(found)
  const places = new Map(Array.from(found.rows, (row, place) => [row, place]))
  return Array.from(rows, (row) => texts[places.get(row) ?? -1] ?? null)
}
