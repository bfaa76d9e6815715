import t from 'tap'
import { planOf } from '../../../test/support/experiment-counts.ts'
import { daysToDecide, planExperiment } from './plan-experiment.ts'

const traffic = { unitsPerDay: 1000, shares: [0.5, 0.5], labelledShare: 1, controlValue: 0.9, discordantShare: 0.06 }

t.test('tells how long the sample takes, by the arm with the smallest share', async (t) => {
  const days = (shares: number[], labelledShare = 1) =>
    planExperiment(planOf(), { ...traffic, shares, labelledShare }).daysToMinSampleSize
  t.equal(days([0.5, 0.5]), 2)
  t.equal(days([0.5, 0.5], 0.25), 8)
  t.equal(days([0.9, 0.1]), 10)
  t.equal(days([1, 0]), null)
  t.equal(planExperiment(planOf(), { ...traffic, unitsPerDay: 0 }).daysToMinSampleSize, null)
  t.equal(planExperiment(planOf({ mode: 'shadow' }), traffic).daysToMinSampleSize, 1, 'every row is a pair')
})

t.test('pairs find less than half the difference that a split finds', async (t) => {
  const split = planExperiment(planOf(), traffic)
  const paired = planExperiment(planOf({ mode: 'shadow' }), traffic)
  t.strictSame([split.isPaired, paired.isPaired], [false, true])
  t.strictSame(split.labelledUnits, [7000, 7000])
  t.strictSame(paired.labelledUnits, [14_000, 14_000])
  t.ok((split.leastDetectable ?? 0) > 0.015 && (split.leastDetectable ?? 1) < 0.025)
  t.ok((paired.leastDetectable ?? 1) < (split.leastDetectable ?? 0) / 2)
  t.equal(planExperiment(planOf({ mode: 'shadow', outcomeDependsOnServing: true }), traffic).isPaired, false)
})

t.test('says that nothing can be found where nothing can', async (t) => {
  t.equal(planExperiment(planOf(), { ...traffic, unitsPerDay: 10 }).leastDetectable, null)
  t.equal(planExperiment(planOf(), { ...traffic, controlValue: 1 }).leastDetectable, null)
  t.equal(
    planExperiment(planOf({ successMetrics: ['mean_squared_error'] }), { ...traffic, controlValue: 0 }).leastDetectable,
    null,
  )
  t.equal(daysToDecide(planOf(), { ...traffic, unitsPerDay: 10 }, 0.01), null)
})

t.test('days to decide and the least difference in that time are two views of one thing', async (t) => {
  for (const metric of ['accuracy', 'f1_macro', 'mean_absolute_error', 'mean_squared_error'] as const) {
    for (const mode of ['split', 'shadow'] as const) {
      const plan = planOf({ mode, successMetrics: [metric] })
      const { leastDetectable } = planExperiment(plan, traffic)
      t.ok(leastDetectable !== null && leastDetectable > 0, `${metric}, ${mode}`)
      const days = daysToDecide(plan, traffic, leastDetectable ?? 0) ?? Number.NaN
      t.ok(Math.abs(days - plan.maxDurationDays) < 0.02, `${metric}, ${mode}: ${days} days`)
      t.ok(
        (daysToDecide(plan, traffic, 1.5 * (leastDetectable ?? 0)) ?? 15) < days,
        `${metric}, ${mode}: larger ones earlier`,
      )
    }
  }
})

t.test('several challengers take longer: the level is divided, and so is the traffic', async (t) => {
  const one = planExperiment(planOf(), traffic).leastDetectable ?? 1
  const shares = [0.34, 0.33, 0.33]
  const two = planExperiment(planOf({}, ['a', 'b', 'c']), { ...traffic, shares }).leastDetectable ?? 0
  t.ok(two > one)
})
