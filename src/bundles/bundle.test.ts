// Bundles as files: what was put in comes out, and what is cut, changed, or lies about itself is refused.
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { bundleFront, PREFIX_LENGTH } from './bundle.ts'
import { BundleFile } from './bundle-file.ts'

const folder = t.testdir()
const artifact = randomBytes(3 * 2 ** 20 + 17)
const facts = { sha256: createHash('sha256').update(artifact).digest('hex'), byteLength: artifact.length }
const head = {
  project: { id: 3, name: 'irises ä' },
  version: 2,
  model_run_id: 17,
  model_name: 'iris_species',
  worker_version: '0.1.0',
  manifests: ['{"payload":"…"}'],
}
const front = bundleFront(head, facts)
const whole = Buffer.concat([front.bytes, artifact])

let files = 0
const fileOf = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, `bundle-${files++}`)
  await writeFile(path, bytes)
  return path
}
/** The front of another head, whatever it says, with checksums that are right. */
const frontOf = (text: string | Buffer, lengths: { head?: number; artifact?: number } = {}): Buffer => {
  const json = Buffer.from(text)
  const prefix = Buffer.from(front.bytes.subarray(0, PREFIX_LENGTH))
  prefix.writeUInt32LE(lengths.head ?? json.length, 6)
  prefix.writeUInt32LE(lengths.artifact ?? artifact.length, 10)
  createHash('sha256').update(prefix.subarray(0, 46)).update(json).digest().copy(prefix, 46)
  return Buffer.concat([prefix, json])
}
const changed = (at: number): Buffer => {
  const copy = Buffer.from(whole)
  copy.writeUInt8((copy[at] as number) ^ 1, at)
  return copy
}

t.test('head and artifact come out as they were put in', async (t) => {
  const file = await BundleFile.open(await fileOf(whole))
  t.teardown(() => file.close())
  t.same(file.head, head)
  t.equal(file.layout.sha256, front.sha256)
  for (const read of [await file.readArtifact(), await file.readArtifact()]) {
    t.ok(artifact.equals(read))
    t.equal(read.byteOffset, 0)
    t.equal(read.buffer.byteLength, artifact.length, 'in memory of its own')
  }
  t.same(bundleFront(head, facts).bytes, front.bytes, 'the same facts give the same bytes')
})

t.test('of many manifests the newest are kept', async (t) => {
  const { bytes } = bundleFront({ ...head, manifests: ['a', 'b', 'c', 'd', 'e'] }, facts)
  const file = await BundleFile.open(await fileOf(Buffer.concat([bytes, artifact])))
  t.teardown(() => file.close())
  t.same(file.head.manifests, ['a', 'b', 'c', 'd'])
})

t.test('what is no whole bundle is refused, and says why', async (t) => {
  const withHead = (value: unknown): Buffer => Buffer.concat([frontOf(JSON.stringify(value)), artifact])
  const cases: [name: string, bytes: Buffer, message: RegExp][] = [
    ['nothing', Buffer.alloc(0), /^is no bundle of ml-worker$/],
    ['another file', Buffer.from('PK'.repeat(100)), /^is no bundle/],
    ['an artifact', Buffer.concat([Buffer.from('MLWA'), whole.subarray(4)]), /^is no bundle/],
    ['the magic alone', whole.subarray(0, 4), /^is cut short: it has 4 bytes/],
    ['half a prefix', whole.subarray(0, 77), /^is cut short/],
    ['half a head', whole.subarray(0, PREFIX_LENGTH + 10), /^is not whole: it has 88 bytes, and says that it has/],
    ['without its last byte', whole.subarray(0, -1), /^is not whole/],
    ['with one byte more', Buffer.concat([whole, Buffer.alloc(1)]), /^is not whole/],
    ['of a later format', changed(4), /^has the format 0; this worker reads the format 1/],
    [
      'a huge head',
      frontOf('{}', { head: 2 ** 32 - 1 }),
      /^says that it has a head of 4294967295 bytes; expected at most/,
    ],
    ['a huge artifact', frontOf('{}', { artifact: 2 ** 32 - 1 }), /^says that it has an artifact of 4294967295 bytes/],
    ['another artifact', changed(whole.length - 1), /^is damaged: the checksum of its artifact is wrong/],
    ['another head', changed(PREFIX_LENGTH + 3), /^is damaged: the checksum of its head is wrong/],
    ['another digest of the artifact', changed(14), /^is damaged: the checksum of its head/],
    ['another digest of all', changed(46), /^is damaged: the checksum of its head/],
    ['no JSON', Buffer.concat([frontOf('{"project":'), artifact]), /^has a head that is not JSON/],
    ['no UTF-8', Buffer.concat([frontOf(Buffer.from([0x22, 0xff, 0x22])), artifact]), /^has a head that is not JSON/],
    ['a list', withHead([]), /^has a head that is not as it should be/],
    ['null', withHead(null), /^has a head that is not as it should be: all of it/],
    ['no version', withHead({ ...head, version: undefined }), /: \/version: /],
    ['half a version', withHead({ ...head, version: 1.5 }), /: \/version: /],
    ['no name', withHead({ ...head, project: { id: 3, name: '' } }), /: \/project\/name: /],
    ['a name of 256', withHead({ ...head, model_name: 'x'.repeat(256) }), /: \/model_name: /],
    ['many manifests', withHead({ ...head, manifests: ['a', 'b', 'c', 'd', 'e'] }), /: \/manifests: /],
  ]
  for (const [name, bytes, message] of cases) {
    await t.rejects(BundleFile.open(await fileOf(bytes)), { name: 'BundleError', message }, name)
  }
})

t.test('a bundle of any one byte changed is refused', async (t) => {
  const small = Buffer.from('artifact')
  const sha256 = createHash('sha256').update(small).digest('hex')
  const bytes = Buffer.concat([bundleFront(head, { sha256, byteLength: small.length }).bytes, small])
  for (let at = 0; at < bytes.length; at++) {
    const copy = Buffer.from(bytes)
    copy.writeUInt8((copy[at] as number) ^ 0x20, at)
    await t.rejects(BundleFile.open(await fileOf(copy)), { name: 'BundleError' }, `byte ${at}`)
  }
})
