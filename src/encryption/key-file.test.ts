import { chmod, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createKeyFile, readKeys } from './key-file.ts'
import { keyIdOf } from './key-ring.ts'

const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => 7 * i))

t.test('a key is 32 bytes in base64 or hex', async (t) => {
  const forms = {
    base64: bytes.toString('base64'),
    'base64-line': `${bytes.toString('base64')}\n`,
    'base64-bare': bytes.toString('base64').replace('=', ''),
    hex: bytes.toString('hex'),
    'hex-upper': ` ${bytes.toString('hex').toUpperCase()}\r\n`,
  }
  const folder = t.testdir(forms)
  for (const name of Object.keys(forms)) {
    await chmod(join(folder, name), 0o600)
    const { keys, warnings } = await readKeys(join(folder, name))
    t.same(keys.ids, [keyIdOf(bytes)], name)
    t.same(warnings, [])
  }
  t.match(keyIdOf(bytes), /^[0-9a-f]{16}$/)
})

t.test('without a setting there is no key', async (t) => {
  for (const setting of ['', ' , ']) t.equal((await readKeys(setting)).keys.isEmpty, true)
})

t.test('what cannot be a key is refused in words', async (t) => {
  const folder = t.testdir({
    empty: '',
    short: Buffer.alloc(31).toString('base64'),
    long: Buffer.alloc(33).toString('base64'),
    raw: 'x'.repeat(32),
    spare: `${bytes.toString('base64').slice(0, 42)}B=`,
    hex: bytes.toString('hex').slice(1),
    two: `${bytes.toString('base64')}\n${bytes.toString('base64')}`,
    large: 'x'.repeat(2_000),
    folder: {},
  })
  for (const name of ['empty', 'short', 'long', 'raw', 'spare', 'hex', 'two']) {
    const message = new RegExp(`^ENCRYPTION_KEY_FILE: .*/${name} holds no key: expected 32 bytes as text`)
    await t.rejects(readKeys(join(folder, name)), { name: 'EncryptionKeyError', message }, name)
  }
  for (const [name, reason] of [
    ['large', /2000 bytes; expected/],
    ['folder', /it is no file|EISDIR/],
    ['absent', /ENOENT/],
  ] as const) {
    await t.rejects(readKeys(join(folder, name)), { name: 'EncryptionKeyError', message: reason }, name)
  }
})

t.test('several keys: the first is the first; one of them twice is refused, in whatever form', async (t) => {
  const folder = t.testdir()
  const [a, b] = [join(folder, 'a'), join(folder, 'b')]
  const ids = [await createKeyFile(a), await createKeyFile(b)]
  t.same((await readKeys(`${a}, ${b},`)).keys.ids, ids)
  t.same((await readKeys(`${b},${a}`)).keys.ids, ids.toReversed())
  await writeFile(join(folder, 'base64'), bytes.toString('base64'))
  await writeFile(join(folder, 'hex'), bytes.toString('hex'))
  const twice = `${join(folder, 'base64')},${a},${join(folder, 'hex')}`
  await t.rejects(readKeys(twice), { message: /base64 and .*hex hold the same key/ })
})

t.test('a key that others can read is told, through a link too', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'key')
  await createKeyFile(path)
  await symlink(path, join(folder, 'link'))
  t.same((await readKeys(path)).warnings, [])
  await chmod(path, 0o640)
  for (const name of ['key', 'link']) {
    const { warnings } = await readKeys(join(folder, name))
    t.match(warnings, [new RegExp(`${name} has the permissions 640: others can read it`)])
  }
})

t.test('a new key file is its owner’s alone, and never takes the place of another', async (t) => {
  const path = join(t.testdir(), 'key')
  const id = await createKeyFile(path)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same((await readKeys(path)).keys.ids, [id])
  await t.rejects(createKeyFile(path), { code: 'EEXIST' })
  t.same((await readKeys(path)).keys.ids, [id])
})
