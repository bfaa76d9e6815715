import t from 'tap'
import type { Version } from '../project.ts'
import { judge } from './judge.ts'
import type { ReviewPolicy } from './review.ts'

const policyOf = (given: Partial<ReviewPolicy>): ReviewPolicy => ({
  mode: 'automatic',
  request: 'every_version',
  metric: 'validation_accuracy',
  atLeast: null,
  betterThanChampionBy: null,
  ...given,
})
const versionOf = (version: number, metrics: Version['metrics'], others: Partial<Version> = {}): Version => {
  const request = { modelName: 'm', parameters: {}, labels: ['y'], features: [], options: { validation_split: 0.2 } }
  return { version, metrics, request, datasetSha256: 'a', splitSeed: 1, reviewState: 'approved', ...others } as Version
}
const champion = (metrics: Version['metrics'], others: Partial<Version> = {}) => ({
  version: versionOf(1, metrics, others),
  place: 'alias champion',
})

t.test('a threshold is reached by what is equal to it; of an error the smaller is the better', async (t) => {
  const at = (metric: string, atLeast: number, value: number | null) =>
    judge(policyOf({ metric, atLeast }), versionOf(2, { [metric]: value }), undefined)
  t.same(at('validation_accuracy', 0.9, 0.9), {
    isApproved: true,
    words: 'validation_accuracy 0.9 is at least 0.9',
  })
  t.same(at('validation_accuracy', 0.9, 0.89), {
    isApproved: false,
    words: 'validation_accuracy 0.89 is below 0.9',
  })
  t.same(at('cv_log_loss', 0.3, 0.2), { isApproved: true, words: 'cv_log_loss 0.2 is at most 0.3' })
  t.same(at('cv_log_loss', 0.3, 0.4), { isApproved: false, words: 'cv_log_loss 0.4 is above 0.3' })
  t.same(at('validation_accuracy', 0, null), { isApproved: false, words: 'it has no validation_accuracy' })
})

t.test('a difference of decimal fractions counts as it is written', async (t) => {
  // 0.95 - 0.9 is 0.04999999999999993 in binary, and 0.1 + 0.2 is more than 0.3.
  for (const [value, best, by] of [
    [0.95, 0.9, 0.05],
    [0.3, 0.1, 0.2],
    [0.7, 0.7, 0],
  ] as const) {
    const beside = champion({ validation_accuracy: best })
    const policy = policyOf({ betterThanChampionBy: by })
    t.equal(judge(policy, versionOf(2, { validation_accuracy: value }), beside).isApproved, true, `${value} ${best}`)
    t.equal(judge(policy, versionOf(2, { validation_accuracy: value - 1e-6 }), beside).isApproved, false)
  }
  const errors = policyOf({ metric: 'validation_log_loss', betterThanChampionBy: 0.1 })
  const beside = champion({ validation_log_loss: 0.5 })
  t.equal(judge(errors, versionOf(2, { validation_log_loss: 0.4 }), beside).isApproved, true)
  t.equal(judge(errors, versionOf(2, { validation_log_loss: 0.6 }), beside).isApproved, false)
})

t.test('with a champion that it cannot be compared with a person decides', async (t) => {
  const policy = policyOf({ betterThanChampionBy: 0 })
  const made = versionOf(2, { validation_accuracy: 1 })
  const metrics = { validation_accuracy: 0.5 }
  for (const [beside, words] of [
    [undefined, /^there is no champion/],
    [champion(metrics, { version: 2 }), 'it is the champion itself (alias champion)'],
    [champion(metrics, { reviewState: 'pending' }), 'version 1 (alias champion) is not approved'],
    [champion({}), 'version 1 (alias champion) has no validation_accuracy'],
    [champion(metrics, { splitSeed: 2 }), 'version 1 (alias champion) was judged on other rows'],
    [champion(metrics, { datasetSha256: 'b' }), 'version 1 (alias champion) was judged on other rows'],
  ] as const) {
    t.match(judge(policy, made, beside), { isApproved: false, words })
  }
  const both = policyOf({ betterThanChampionBy: 0.6, atLeast: 1.5 })
  t.match(
    judge(both, made, champion(metrics)).words,
    /is below 1\.5; validation_accuracy 1 is not better by 0\.6 than 0\.5/,
  )
})
