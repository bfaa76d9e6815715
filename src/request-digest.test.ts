// The same call is known again, in whatever order its members come.
import { createHash } from 'node:crypto'
import t from 'tap'
import { isDigestOf, requestDigestOf } from './request-digest.ts'

const asked = [7, 'production', { version: 1, settings: { cpu: '1', memory: undefined }, note: 'é' }]
const reordered = [7, 'production', { note: 'é', settings: { cpu: '1' }, version: 1 }]

t.test('members may come in any order, and those that are undefined are none', async (t) => {
  const digest = requestDigestOf(asked)
  t.match(digest, /^[0-9a-f]{64}$/)
  t.equal(requestDigestOf(reordered), digest)
  t.ok(isDigestOf(digest, reordered))
  t.notOk(isDigestOf(digest, [8, ...asked.slice(1)]))
  t.notOk(isDigestOf(digest, [...asked].reverse()), 'the order of a list counts')
})

t.test('a digest that was kept before members could come in any order is known by the same order', async (t) => {
  const kept = createHash('sha256').update(JSON.stringify(asked)).digest('hex')
  t.not(kept, requestDigestOf(asked))
  t.ok(isDigestOf(kept, asked))
  t.notOk(isDigestOf(kept, reordered))
})
