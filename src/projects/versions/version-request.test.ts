import t from 'tap'
import type { Project } from '../project.ts'
import { requestOf, type VersionWish } from './version-request.ts'

const project = { modelName: 'm', parameters: {}, labels: ['y'], features: [], options: { split_seed: 7 } }
const wish: VersionWish = {
  description: undefined,
  parent: undefined,
  modelName: undefined,
  parameters: undefined,
  datasetId: undefined,
  labels: undefined,
  features: undefined,
  options: {},
  search: undefined,
}
const optionsOf = (search: VersionWish['search']) =>
  requestOf(project as unknown as Project, { ...wish, search }).options

t.test('a search is one of the options; an empty one is none', (t) => {
  t.strictSame(optionsOf({ strategy: 'random' }), { split_seed: 7, search: { strategy: 'random' } })
  t.strictSame(optionsOf({}), { split_seed: 7 })
  t.strictSame(optionsOf(undefined), { split_seed: 7 })
  t.end()
})
