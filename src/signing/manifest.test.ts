// Which members of a manifest are held to what is known of its version.
import t from 'tap'
import { differingMembers, type Manifest, type ManifestContent } from './manifest.ts'

const content = {
  project: { id: 1, name: 'kinds' },
  version: 2,
  labels: [],
  columns: { labels: ['kind'], features: ['a', 'b'] },
} as Partial<ManifestContent> as ManifestContent
const manifest: Manifest = { ...content, format: 1 }

t.test('columns are held to those of the artifact', async (t) => {
  t.same(differingMembers(manifest, content), [])
  t.same(differingMembers({ ...manifest, columns: { labels: ['kind'], features: ['a'] } }, content), ['columns'])
  t.same(differingMembers({ ...manifest, labels: ['kind'] }, content), ['labels'])
})

t.test('a manifest that was signed before there were columns stays good', async (t) => {
  const { columns: _, ...older } = manifest
  t.same(differingMembers(older, content), [])
  t.same(differingMembers({ ...older, version: 3 }, content), ['version'])
})
