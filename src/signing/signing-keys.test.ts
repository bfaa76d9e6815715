import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { signingFaults } from './signing-config.ts'
import { createSigningKey, readSigningKeys } from './signing-keys.ts'

t.test('a key is made for its owner alone, and its public half beside it', async (t) => {
  const path = join(t.testdir(), 'key')
  const { id, publicPath } = await createSigningKey(path)
  t.match(id, /^[0-9a-f]{64}$/)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.match(await readFile(path, 'utf8'), /^-----BEGIN PRIVATE KEY-----/)
  t.match(await readFile(publicPath, 'utf8'), /^-----BEGIN PUBLIC KEY-----/)
  await t.rejects(createSigningKey(path), { code: 'EEXIST' })
  const both = await readSigningKeys(path, '')
  t.match(both, { signer: { id }, warnings: [] })
  t.same([...both.trusted.keys()], [id])
  const verifier = await readSigningKeys('', publicPath)
  t.equal(verifier.signer, undefined)
  t.same([...verifier.trusted.keys()], [id])
  await chmod(path, 0o644)
  t.match((await readSigningKeys(path, '')).warnings, [/permissions 644.*chmod 600/])
})

t.test('files and folders of public keys are accepted, once each', async (t) => {
  const folder = join(t.testdir(), 'keys')
  await mkdir(folder)
  const [a, b] = [await createSigningKey(join(folder, 'a')), await createSigningKey(join(folder, 'b'))]
  await writeFile(join(folder, 'README'), 'no key')
  const { trusted } = await readSigningKeys('', `${folder}, ${a.publicPath}`)
  t.same([...trusted.keys()].sort(), [a.id, b.id].sort())
})

t.test('what is no key of that kind is refused, by its setting', async (t) => {
  const folder = t.testdir({ text: 'no key' })
  const path = join(folder, 'key')
  const { publicPath } = await createSigningKey(path)
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(join(folder, 'rsa'), rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(join(folder, 'long'), 'x'.repeat(20_000))
  const cases: [signing: string, trusting: string, message: RegExp][] = [
    [join(folder, 'none'), '', /^SIGNING_KEY_FILE: .*none cannot be read/],
    [join(folder, 'text'), '', /^SIGNING_KEY_FILE: .*text holds no private key: expected ed25519/],
    [publicPath, '', /holds no private key/],
    [join(folder, 'rsa'), '', /of the kind rsa/],
    [join(folder, 'long'), '', /20000 bytes/],
    ['', path, /^SIGNING_TRUSTED_KEYS: .* holds a private key/],
    ['', join(folder, 'text'), /holds no public key/],
    ['', join(folder, 'none'), /^SIGNING_TRUSTED_KEYS: .*none cannot be read/],
  ]
  for (const [signing, trusting, message] of cases) {
    await t.rejects(readSigningKeys(signing, trusting), { name: 'SigningKeyError', message })
  }
})

t.test('signatures that are required need a key that could be accepted', async (t) => {
  const none = { SIGNING_KEY_FILE: '', SIGNING_TRUSTED_KEYS: '', SIGNATURES: 'required' }
  t.match(signingFaults(none), [/^SIGNATURES: required, but neither/])
  t.same(signingFaults({ ...none, SIGNATURES: 'optional' }), [])
  t.same(signingFaults({ ...none, SIGNING_TRUSTED_KEYS: 'keys' }), [])
})
