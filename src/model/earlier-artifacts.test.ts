// Artifacts that earlier versions wrote: before columns of times were known, before steps could be left out, and before
// words were sparse columns.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { discoverModels } from '../registry/discover.ts'
import { decodeArtifact } from './artifact.ts'
import { FaultList } from './faults.ts'
import { toRows } from './table.ts'

interface Written {
  readonly model: string
  readonly rows: readonly object[]
  readonly predictions: readonly (string | number)[]
  /** base64 */
  readonly artifact: string
}
const golden: { readonly commit: string; readonly written: readonly Written[] } = JSON.parse(
  readFileSync(new URL('../../test/golden/earlier_artifacts.json', import.meta.url), 'utf8'),
)
const { models } = await discoverModels(new URL('../../statistical', import.meta.url).pathname)

for (const { model: name, rows, predictions, artifact } of golden.written) {
  t.test(`${name} of ${golden.commit} predicts as it did, dates and all`, async (t) => {
    const model = models.find((found) => found.model.name === name)?.model
    if (model === undefined) throw new Error(`there is no model ${name}`)
    const pipeline = decodeArtifact(Buffer.from(artifact, 'base64'), model)
    t.match(pipeline.featureSchema[0], { name: 'when', kind: 'categorical' })
    const { labels, unseen } = await pipeline.predict(buildTable(rows, 'features', new FaultList()))
    t.same(
      toRows(labels).map(({ y }) => y),
      predictions,
    )
    t.same(unseen, [])
    const [known, other] = [rows[0] as object, { ...rows[0], when: '2030-01-01' }]
    const later = await pipeline.predict(buildTable([known, other], 'features', new FaultList()))
    t.match(later.unseen, [{ column: 'when', rowCount: 1 }], 'a new date is a category that it never saw')
  })
}

interface WrittenDense extends Written {
  readonly probabilities: readonly number[]
}
const dense: { readonly commit: string; readonly written: readonly WrittenDense[] } = JSON.parse(
  readFileSync(new URL('../../test/golden/dense_text_artifacts.json', import.meta.url), 'utf8'),
)

for (const { model: name, rows, predictions, probabilities, artifact } of dense.written) {
  t.test(`${name} of ${dense.commit} predicts as it did, with a column for each word`, async (t) => {
    const model = models.find((found) => found.model.name === name)?.model
    if (model === undefined) throw new Error(`there is no model ${name}`)
    const pipeline = decodeArtifact(Buffer.from(artifact, 'base64'), model)
    const said = await pipeline.predict(buildTable(rows, 'features', new FaultList()))
    const values = said.probabilities[0]?.values ?? new Float64Array()
    t.equal(values.length, probabilities.length)
    t.ok(probabilities.every((value, i) => Math.abs(value - (values[i] as number)) < 1e-12))
    toRows(said.labels).forEach(({ y }, i) => {
      const expected = predictions[i]
      if (typeof expected === 'string') t.equal(y, expected)
      else t.ok(Math.abs((y as number) - (expected as number)) < 1e-12)
    })
  })
}
