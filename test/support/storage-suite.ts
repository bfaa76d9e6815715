// What every driver of the storage promises (src/storage/storage.ts).
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { type Storage, StorageError } from '../../src/storage/storage.ts'

const LARGE = { byteLengthMax: 64 * 2 ** 20 }
const of = (content: string | Uint8Array): Readable => Readable.from([Buffer.from(content)])

/** open: gives an empty storage. */
export function storageSuite(t: Test, open: (t: Test) => Promise<Storage>): void {
  largeObjects(t, open)
  t.test('gives back what was put, whole and in parts', async (t) => {
    const storage = await open(t)
    const content = randomBytes(300_000)
    const put = await storage.put(
      'reports/2026/a.bin',
      Readable.from([content.subarray(0, 1), content.subarray(1)]),
      LARGE,
    )
    t.match(put, { key: 'reports/2026/a.bin', byteLength: 300_000, created: true })
    t.ok(Math.abs(put.storedAt - Date.now()) < 60_000)
    const read = async (start: number, end?: number): Promise<Buffer> =>
      buffer(await storage.get('reports/2026/a.bin', end === undefined ? { start } : { start, end }))
    t.ok(content.equals(await buffer(await storage.get('reports/2026/a.bin'))))
    t.ok(content.subarray(10, 20).equals(await read(10, 20)))
    t.ok(content.subarray(299_990).equals(await read(299_990)))
    t.ok(content.subarray(299_990).equals(await read(299_990, 1_000_000)), 'an end beyond the end')
    t.equal((await read(300_000)).length, 0)
    t.equal((await read(5, 5)).length, 0)
    await t.rejects(storage.get('reports/2026/a.bin', { start: -1 }), RangeError)
    await t.rejects(storage.get('reports/2026/a.bin', { start: 5, end: 4 }), RangeError)
    const { created: _, ...object } = put
    t.same(await storage.stat('reports/2026/a.bin'), object)
  })

  t.test('keeps the first of two objects with one key', async (t) => {
    const storage = await open(t)
    t.equal((await storage.put('k', of('first'), LARGE)).created, true)
    t.match(await storage.put('k', of('second'), LARGE), { created: false, byteLength: 5 })
    t.equal(await text(await storage.get('k')), 'first')
    const racers = Array.from({ length: 8 }, (_, i) => storage.put('race', of(`${i}`.repeat(1000)), LARGE))
    const created = (await Promise.all(racers)).filter((put) => put.created)
    t.equal(created.length, 1, 'one of those that come at once')
    t.equal(new Set(await text(await storage.get('race'))).size, 1, 'and none in part')
  })

  t.test('stores the same content once, under its digest', async (t) => {
    const storage = await open(t)
    const digest = createHash('sha256').update('content').digest('hex')
    t.match(await storage.putContent(of('content'), LARGE), { key: `sha256/${digest}`, created: true })
    t.match(await storage.putContent(of('content'), LARGE), { key: `sha256/${digest}`, created: false })
    t.equal((await storage.list({ limit: 10 })).length, 1)
    t.equal((await storage.putContent(of(''), LARGE)).byteLength, 0)
  })

  t.test('leaves nothing of what is too large, breaks off or is given up', async (t) => {
    const storage = await open(t)
    const refused = storage.put('large', of('12345'), { byteLengthMax: 4 })
    await t.rejects(refused, { name: 'StorageError', failure: 'too_large' })
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('some')
        throw new Error('the caller is gone')
      })(),
    )
    await t.rejects(storage.put('broken', broken, LARGE), { failure: 'failed', message: /the caller is gone/ })
    const abort = new AbortController()
    const endless = new Readable({ read: () => {} })
    const given = storage.put('given-up', endless, { ...LARGE, signal: abort.signal })
    abort.abort()
    await t.rejects(given, StorageError)
    t.same(await storage.list({ limit: 10 }), [])
    t.equal((await storage.put('large', of('1234'), { byteLengthMax: 4 })).created, true)
  })

  t.test('lists in pages, in the order of keys', async (t) => {
    const storage = await open(t)
    t.same(await storage.list({ limit: 1 }), [], 'an empty one')
    const keys = ['a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a/c', 'a0', 'b/a', 'b/a/a', 'ba']
    for (const key of keys.toReversed()) await storage.put(key, of(key), LARGE)
    const listed = async (options: Parameters<Storage['list']>[0]): Promise<string[]> =>
      (await storage.list(options)).map(({ key }) => key)
    t.same(await listed({ limit: 1000 }), keys)
    t.same(await listed({ limit: 1000, prefix: 'a/' }), ['a/b', 'a/b/c', 'a/c'])
    t.same(await listed({ limit: 1000, prefix: 'a/b' }), ['a/b', 'a/b/c'])
    t.same(await listed({ limit: 1000, prefix: 'c' }), [])
    const pages: string[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: string[] = await listed({ limit: 3, after })
      pages.push(...page)
      after = page.at(-1)
    }
    t.same(pages, keys)
    for (const limit of [0, 1001, 1.5]) await t.rejects(storage.list({ limit }), RangeError)
  })

  t.test('deletes, and takes the same key again', async (t) => {
    const storage = await open(t)
    await storage.put('a/b', of('1'), LARGE)
    const reading = await storage.get('a/b')
    await storage.delete('a/b')
    await storage.delete('a/b')
    await storage.delete('never/there')
    t.equal(await text(reading), '1', 'who reads it goes on')
    t.equal(await storage.stat('a/b'), undefined)
    await t.rejects(storage.get('a/b'), { failure: 'unknown', message: /a\/b/ })
    t.equal((await storage.put('a/b', of('2'), LARGE)).created, true)
    t.equal(await text(await storage.get('a/b')), '2')
  })

  t.test('refuses keys that could lead elsewhere', async (t) => {
    const storage = await open(t)
    const bad = [
      '',
      '/',
      '/etc/passwd',
      '..',
      '../a',
      'a/../b',
      'a//b',
      'a/',
      '.parts/a',
      '-a',
      'a b',
      'a\\b',
      'a\0',
      'ä',
      '+a',
    ]
    for (const key of [...bad, 'x'.repeat(201), `${'x'.repeat(150)}/`.repeat(4)]) {
      const fault = { name: 'StorageError', failure: 'key_invalid' }
      await t.rejects(storage.put(key, of('x'), LARGE), fault, `put ${JSON.stringify(key)}`)
      await t.rejects(storage.get(key), fault, `get ${JSON.stringify(key)}`)
      await t.rejects(storage.stat(key), fault, `stat ${JSON.stringify(key)}`)
      await t.rejects(storage.delete(key), fault, `delete ${JSON.stringify(key)}`)
    }
  })
}

const MIB = 2 ** 20

/** More than drivers send in one request. */
function largeObjects(t: Test, open: (t: Test) => Promise<Storage>): void {
  const content = randomBytes(20 * MIB)
  const chunks = (bytes: Buffer): Buffer[] =>
    Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) => bytes.subarray(65_536 * i, 65_536 * (i + 1)))
  /** A stream that fails after so many bytes. */
  const breaking = (byteLength: number): Readable =>
    Readable.from(
      (async function* () {
        yield* chunks(content.subarray(0, byteLength))
        throw new Error('the caller is gone')
      })(),
    )

  t.test('stores large objects, and gives any part of them', async (t) => {
    const storage = await open(t)
    const digest = createHash('sha256').update(content).digest('hex')
    const put = await storage.put('large', Readable.from(chunks(content)), LARGE)
    t.match(put, { byteLength: content.length, created: true })
    const byDigest = await storage.putContent(Readable.from(chunks(content)), LARGE)
    t.match(byDigest, { key: `sha256/${digest}`, byteLength: content.length, created: true })
    t.equal((await storage.putContent(Readable.from(chunks(content)), LARGE)).created, false)
    for (const key of ['large', byDigest.key]) t.ok(content.equals(await buffer(await storage.get(key))), key)
    for (const [start, end] of [
      [8 * MIB - 3, 8 * MIB + 3],
      [16 * MIB, 20 * MIB],
      [20 * MIB - 1, 30 * MIB],
    ] as const) {
      const part = await buffer(await storage.get('large', { start, end }))
      t.ok(content.subarray(start, end).equals(part), `${start} to ${end}`)
    }
  })

  t.test('keeps the first of large objects with one key', async (t) => {
    const storage = await open(t)
    await storage.put('small', of('small'), LARGE)
    t.match(await storage.put('small', Readable.from(chunks(content)), LARGE), { created: false, byteLength: 5 })
    const others = Array.from({ length: 2 }, (_, i) => Buffer.alloc(9 * MIB, i + 1))
    const puts = await Promise.all(others.map((bytes) => storage.put('race', Readable.from(chunks(bytes)), LARGE)))
    t.equal(puts.filter(({ created }) => created).length, 1)
    const first = others[puts.findIndex(({ created }) => created)] as Buffer
    t.ok(first.equals(await buffer(await storage.get('race'))))
    t.equal((await storage.removeAbandoned?.(Date.now() + 60_000)) ?? 0, 0, 'nothing is left of the other')
  })

  t.test('leaves nothing of a large object that breaks off or is too large', async (t) => {
    const storage = await open(t)
    for (const put of [
      () => storage.put('broken', breaking(17 * MIB), LARGE),
      () => storage.putContent(breaking(17 * MIB), LARGE),
    ]) {
      await t.rejects(put(), { failure: 'failed', message: /the caller is gone/ })
    }
    const bound = { byteLengthMax: 18 * MIB }
    const refused = storage.put('large', Readable.from(chunks(content)), bound)
    await t.rejects(refused, { name: 'StorageError', failure: 'too_large' })
    t.same(await storage.list({ limit: 10 }), [])
    t.equal((await storage.removeAbandoned?.(Date.now() + 60_000)) ?? 0, 0)
    t.equal((await storage.put('broken', Readable.from(chunks(content)), LARGE)).created, true, 'the key is free')
  })

  t.test('who reads a part of an object and goes leaves no trouble', async (t) => {
    const storage = await open(t)
    await storage.put('large', Readable.from(chunks(content)), LARGE)
    for await (const chunk of await storage.get('large')) {
      t.ok((chunk as Buffer).length > 0)
      break
    }
    ;(await storage.get('large')).destroy()
    t.equal((await buffer(await storage.get('large'))).length, content.length)
  })
}
