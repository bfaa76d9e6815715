import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { storageSuite } from '../../test/support/storage-suite.ts'
import { KeyRing, keyIdOf } from '../encryption/key-ring.ts'
import { EncryptedStorage, HEADERS_PREFIX, SEALED_PREFIX } from './encrypted-storage.ts'
import { LocalStorage } from './local-storage.ts'
import { rotateStorage } from './rotate-storage.ts'
import type { Storage } from './storage.ts'

const SECRET = 'a secret that nobody else has'
const MAX = { byteLengthMax: 2 ** 24 }
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
const of = (content: string | Uint8Array): Readable => Readable.from([Buffer.from(content)])

interface Opened {
  readonly root: string
  readonly driver: LocalStorage
  with(...keys: Uint8Array[]): EncryptedStorage
}

function open(t: Test): Opened {
  const root = t.testdir()
  const driver = new LocalStorage(join(root, 'storage'))
  return {
    root,
    driver,
    with: (...keys) => new EncryptedStorage({ driver, keys: new KeyRing(keys), folder: join(root, 'sealing') }),
  }
}

/** The bytes of every file. */
async function allBytes(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Buffer.concat(await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name)))))
}

t.test('with keys', async (t) => storageSuite(t, async (t) => open(t).with(newKey, oldKey)))
t.test('without a key', async (t) => storageSuite(t, async (t) => open(t).with()))

t.test('what was put in the clear before there was a key', async (t) => {
  storageSuite(t, async (t) => {
    const { driver, with: withKeys } = open(t)
    // The suite expects an empty storage: so what is plain was deleted through the encrypted one.
    await driver.put('gone', of('x'), MAX)
    const storage = withKeys(newKey)
    t.equal(await text(await storage.get('gone')), 'x')
    await storage.delete('gone')
    return storage
  })
})

t.test('nothing of an object is on the disk in the clear', async (t) => {
  const { root, with: withKeys } = open(t)
  const storage = withKeys(newKey)
  await storage.put('a', of(SECRET.repeat(10_000)), MAX)
  const { key } = await storage.putContent(of(SECRET), MAX)
  t.notOk((await allBytes(root)).includes(SECRET))
  t.same(await readdir(join(root, 'sealing')), [], 'nothing is left of what was on its way')
  t.equal(await text(await storage.get(key)), SECRET)
})

t.test('the same content is stored once, whether it was sealed or not', async (t) => {
  const { driver, with: withKeys } = open(t)
  const { key } = await driver.putContent(of('plain before'), MAX)
  t.match(await withKeys(newKey).putContent(of('plain before'), MAX), { key, created: false, byteLength: 12 })
  t.same(
    (await driver.list({ limit: 10 })).map(({ key }) => key),
    [key],
  )
})

t.test('ranges of any place give the bytes of the place', async (t) => {
  const storage = open(t).with(newKey)
  const chunk = 2 ** 16
  for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 77]) {
    const content = randomBytes(length)
    await storage.put(`n${length}`, of(content), MAX)
    t.equal((await storage.stat(`n${length}`))?.byteLength, length)
    const edges = [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk - 1, 3 * chunk, length, length + 5]
    for (const start of edges) {
      for (const end of edges.filter((edge) => edge >= start)) {
        const part = await buffer(await storage.get(`n${length}`, { start, end }))
        if (!part.equals(content.subarray(start, end))) t.fail(`[${start}, ${end}) of ${length}`)
      }
    }
  }
})

t.test('lists what is plain and what is sealed in one order, and nothing of its own', async (t) => {
  const { driver, with: withKeys } = open(t)
  const plain = ['a', 'm', 'mlw-key', 'mlw-keyz', 'mlw-sealed0', 'z']
  for (const key of plain) await driver.put(key, of(key), MAX)
  const storage = withKeys(newKey)
  const sealed = ['b', 'mlw', 'mlw-a/b', 'n', 'zz']
  for (const key of sealed) await storage.put(key, of(key), MAX)
  const all = [...plain, ...sealed].sort()
  for (const limit of [1, 2, 3, 1000]) {
    const found: string[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = await storage.list({ after, limit })
      found.push(...page.map(({ key }) => key))
      after = page.at(-1)?.key
    }
    t.same(found, all, `by ${limit}`)
  }
  for (const own of [HEADERS_PREFIX, SEALED_PREFIX]) {
    await t.rejects(storage.put(`${own}a`, of('x'), MAX), { failure: 'key_invalid', message: /its? own|storage's own/ })
  }
})

t.test('says which key is missing, with other keys and with none', async (t) => {
  const { with: withKeys } = open(t)
  await withKeys(oldKey).put('a', of('x'), MAX)
  const message = new RegExp(`object a: encrypted with a key that is not in ENCRYPTION_KEY_FILE: id ${keyIdOf(oldKey)}`)
  for (const storage of [withKeys(newKey), withKeys()]) {
    await t.rejects(storage.get('a'), { name: 'StorageError', failure: 'failed', message })
    t.match(await storage.stat('a'), { byteLength: 1 }, 'its length needs no key')
    t.equal((await storage.list({ limit: 10 })).length, 1)
  }
  await withKeys().delete('a')
  t.same(await withKeys().list({ limit: 1 }), [], 'nor does its end')
})

t.test('objects cannot change places, nor lose their ends', async (t) => {
  const { driver, with: withKeys } = open(t)
  const storage = withKeys(newKey)
  const copy = async (from: string, to: string, end?: number): Promise<void> => {
    const bytes = await buffer(await driver.get(SEALED_PREFIX + from))
    await driver.put(SEALED_PREFIX + to, of(bytes.subarray(0, end)), MAX)
  }
  await storage.put('a', of(randomBytes(200_000)), MAX)
  await copy('a', 'b')
  const damaged = { failure: 'failed', message: /not what was sealed|nothing that is sealed|shorter/ }
  await t.rejects(async () => text(await storage.get('b')), damaged)
  for (const end of [24, 40, 24 + 65_552, 24 + 2 * 65_552, 24 + 65_552 + 10]) {
    await copy('a', `cut-${end}`, end)
    await t.rejects(async () => text(await storage.get(`cut-${end}`)), damaged, `${end} bytes`)
  }
})

async function contents(storage: Storage): Promise<Record<string, string>> {
  const found: [string, string][] = []
  for (const { key } of await storage.list({ limit: 1000 })) found.push([key, await text(await storage.get(key))])
  return Object.fromEntries(found)
}

t.test('rotation moves the headers to the first key, and the old one is not needed any more', async (t) => {
  const { driver, with: withKeys } = open(t)
  for (const key of ['a', 'b/c']) await withKeys(oldKey).put(key, of(key), MAX)
  await withKeys(newKey).put('new', of('new'), MAX)
  await driver.put('plain', of(SECRET), MAX)
  const keys = new KeyRing([newKey, oldKey])
  const storage = withKeys(newKey, oldKey)
  const before = await contents(storage)
  const bytes = await buffer(await driver.get(`${SEALED_PREFIX}a`))
  const parts = { driver, storage, keys }

  const planned = await rotateStorage(parts, { isDryRun: true, encryptsPlain: true })
  t.same(planned.counts, { current: 1, rewrapped: 2, encrypted: 1, plain: 0 })
  t.same(await withKeys(newKey).headerIds(), [keyIdOf(oldKey), keyIdOf(newKey)].sort(), 'a dry run changes nothing')

  const done = await rotateStorage(parts, { isDryRun: false, encryptsPlain: false })
  t.same(done.counts, { current: 1, rewrapped: 2, encrypted: 0, plain: 1 })
  t.same(await contents(withKeys(newKey)), before)
  t.ok(bytes.equals(await buffer(await driver.get(`${SEALED_PREFIX}a`))), 'the object itself stays as it was')
  await t.rejects(withKeys(oldKey).get('a'), { message: /not in ENCRYPTION_KEY_FILE/ }, 'the old key opens nothing')

  const sealed = await rotateStorage(parts, { isDryRun: false, encryptsPlain: true })
  t.same(sealed.counts, { current: 3, rewrapped: 0, encrypted: 1, plain: 0 })
  t.same(await contents(withKeys(newKey)), before)
  t.equal(await driver.stat('plain'), undefined)
  t.equal(sealed.kept.size, 0)
})

t.test('rotation tells what it has no key for', async (t) => {
  const { driver, with: withKeys } = open(t)
  await withKeys(oldKey).put('a', of('x'), MAX)
  const parts = { driver, storage: withKeys(newKey), keys: new KeyRing([newKey]) }
  const { kept, counts } = await rotateStorage(parts, { isDryRun: false, encryptsPlain: false })
  t.same([...kept.values()], [{ keyId: keyIdOf(oldKey), reason: 'its key is missing', count: 1 }])
  t.equal(counts.rewrapped, 0)
})
