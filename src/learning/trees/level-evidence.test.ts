import t from 'tap'
import { LevelEvidence } from './level-evidence.ts'

/** The share of what these groups of targets tell, each a category, each row with the weight 1. */
function shareOf(groups: readonly (readonly number[])[]): number {
  const evidence = new LevelEvidence()
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  for (const group of groups) evidence.add(group.length, group.length, sum(group) ** 2)
  const all = groups.flat()
  const mean = sum(all) / all.length
  const squares = sum(all.map((value) => (value - mean) ** 2))
  return evidence.share(all.length, all.length, sum(all) ** 2, squares)
}

t.test('two categories count in whole, however few their rows', async (t) => {
  t.equal(shareOf([[1], [2]]), 1)
  t.equal(shareOf([[1, 5, 3], [2]]), 1)
  t.equal(shareOf([[1, 2, 3, 4]]), 1, 'one as well: it has no cut')
})

t.test('categories of one row each keep nothing, and such as truly differ nearly all', async (t) => {
  t.equal(shareOf(Array.from({ length: 50 }, (_, i) => [(i * 37) % 50])), 0)
  const apart = [0, 100, 200, 300].map((centre) => Array.from({ length: 40 }, (_, i) => centre + (i % 5)))
  t.ok(shareOf(apart) > 0.99)
  // The same values in every category: what is between them is less than chance.
  t.equal(shareOf([0, 0, 0].map(() => [1, 2, 3, 4, 5])), 0)
})
