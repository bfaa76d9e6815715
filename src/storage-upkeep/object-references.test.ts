import t from 'tap'
import { ObjectReferences } from './object-references.ts'

t.test('asks each room for its own keys only, and takes a key as needed that one of them needs', async (t) => {
  const references = new ObjectReferences()
  const asked: Record<string, readonly string[]> = {}
  const owner = (name: string, prefix: string, needed: readonly string[]): void =>
    references.register(name, {
      prefix,
      async inUse(keys) {
        asked[name] = keys
        return new Set(keys.filter((key) => needed.includes(key)))
      },
    })
  owner('data sets', 'sha256/', ['sha256/a'])
  owner('reports', 'sha256/', ['sha256/b'])
  owner('uploads', 'uploads/new/', [])
  const inUse = await references.inUse(['sha256/a', 'sha256/b', 'sha256/c', 'other/a'])
  t.same([...inUse].sort(), ['sha256/a', 'sha256/b'])
  t.same(asked, {
    'data sets': ['sha256/a', 'sha256/b', 'sha256/c'],
    reports: ['sha256/a', 'sha256/b', 'sha256/c'],
  })
  t.equal(references.isOwned('sha256/x'), true)
  t.equal(references.isOwned('uploads/old/x'), false)
})

t.test('refuses a name twice, and prefixes that would take in what is not meant', async (t) => {
  const references = new ObjectReferences()
  const inUse = async (): Promise<Set<string>> => new Set()
  references.register('a', { prefix: 'a/', inUse })
  t.throws(() => references.register('a', { prefix: 'b/', inUse }), /two rooms/)
  for (const prefix of ['', '/', 'a', 'a//', '../', 'a/b']) {
    t.throws(() => references.register(`of ${prefix}`, { prefix, inUse }), /the prefix of/, prefix)
  }
})
