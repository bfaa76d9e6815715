import { lstat, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { storageSuite } from '../../test/support/storage-suite.ts'
import { readConfig } from '../config.ts'
import { LocalStorage } from './local-storage.ts'
import { openStorage } from './open-storage.ts'

t.test('the local driver', async (t) => {
  storageSuite(t, async (t) => new LocalStorage(join(t.testdir(), 'storage')))
})

t.test('makes no folder before the first put, and all of it for its owner alone', async (t) => {
  const DATA_DIR = t.testdir()
  const storage = await openStorage(readConfig({ DATA_DIR }, false))
  t.same(await storage.list({ limit: 1 }), [])
  t.equal(await storage.stat('a/b'), undefined)
  t.same(await readdir(DATA_DIR), [])
  await storage.put('a/b', Readable.from([Buffer.from('x')]), { byteLengthMax: 1 })
  t.same(await readdir(DATA_DIR), ['storage'])
  const root = join(DATA_DIR, 'storage')
  for (const path of ['.', ...(await readdir(root, { recursive: true }))]) {
    t.equal((await lstat(join(root, path))).mode & 0o077, 0, path)
  }
})

t.test('lies where LOCAL_STORAGE_DIR says', async (t) => {
  const folder = t.testdir()
  const settings = { LOCAL_STORAGE_DIR: join(folder, 'objects'), DATA_DIR: join(folder, 'data') }
  const storage = await openStorage(readConfig(settings, false))
  await storage.put('a', Readable.from([]), { byteLengthMax: 0 })
  t.same(await readdir(folder), ['objects'])
})

t.test('a folder that takes nothing is told', async (t) => {
  const folder = t.testdir({ file: '' })
  const put = new LocalStorage(join(folder, 'file')).put('a', Readable.from([]), { byteLengthMax: 0 })
  await t.rejects(put, { name: 'StorageError', failure: 'failed' })
})

t.test('removes what a process that is gone was writing, and nothing that is being written', async (t) => {
  const root = t.testdir()
  await mkdir(join(root, '.parts'))
  for (const name of ['old', 'new']) await writeFile(join(root, '.parts', name), name)
  const longAgo = new Date(Date.now() - 48 * 3_600_000)
  await utimes(join(root, '.parts/old'), longAgo, longAgo)
  await new LocalStorage(root).put('a', Readable.from([]), { byteLengthMax: 0 })
  t.same(await readdir(join(root, '.parts')), ['new'])
})

t.test('takes a file over, which may be removed afterwards, and not in the place of another', async (t) => {
  const folder = t.testdir({ first: 'one', second: 'two' })
  const storage = new LocalStorage(join(folder, 'storage'))
  t.match(await storage.putFile('a/b', join(folder, 'first')), { key: 'a/b', byteLength: 3, created: true })
  await rm(join(folder, 'first'))
  t.match(await storage.putFile('a/b', join(folder, 'second')), { byteLength: 3, created: false })
  t.equal(await text(await storage.get('a/b')), 'one')
  t.equal((await lstat(join(folder, 'storage', '+a', 'b'))).mode & 0o077, 0)
  await t.rejects(storage.putFile('c', join(folder, 'third')), { name: 'StorageError', failure: 'unknown' })
})
