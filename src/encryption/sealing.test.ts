// The format: whatever is changed, cut, extended, swapped or moved is found before a byte of it is handed on.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { KeyRing, keyIdOf } from './key-ring.ts'
import { openFile } from './sealed-file.ts'
import {
  CHUNK_LENGTH,
  chunksOf,
  HEADER_LENGTH,
  isSealed,
  keyIdIn,
  plainSizeOf,
  SEALED_CHUNK_LENGTH,
  SealedError,
  sealedLengthOf,
} from './sealed-layout.ts'
import { Opener, openFirst, openInPlace, openWhole, sealParts } from './sealing.ts'

const [keyA, keyB] = [randomBytes(32), randomBytes(32)]
const ring = new KeyRing([keyA])
const LENGTHS = [0, 1, CHUNK_LENGTH - 1, CHUNK_LENGTH, CHUNK_LENGTH + 1, 3 * CHUNK_LENGTH, 3 * CHUNK_LENGTH + 1234]

function seal(plain: Uint8Array, objectId = 'run/1', keys = ring): Buffer {
  return Buffer.concat([...sealParts(keys.newSealingKey(objectId), [plain])])
}

function open(sealed: Buffer, objectId = 'run/1', keys = ring): Buffer {
  return openWhole(keys.cipherOf(sealed, objectId), sealed)
}

/** Parts of lengths by chance, which together are the bytes. */
function* partsOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(Math.random() ** 3 * 3 * CHUNK_LENGTH)
    yield bytes.subarray(at, at + length)
    at += length
  }
}

t.test('what was sealed is opened, in whole, in place, in parts of any lengths', async (t) => {
  for (const length of LENGTHS) {
    const plain = randomBytes(length)
    const key = ring.newSealingKey('x')
    const sealed = Buffer.concat([...sealParts(key, partsOf(plain))])
    t.equal(sealed.length, sealedLengthOf(length))
    const { byteLength, chunkCount } = plainSizeOf(sealed.length)
    t.equal(byteLength, length)
    t.ok(isSealed(sealed))
    t.equal(keyIdIn(sealed), keyIdOf(keyA))
    const cipher = ring.cipherOf(sealed, 'x')
    t.ok(plain.equals(openWhole(cipher, sealed)))
    t.ok(plain.equals(Buffer.from((await openInPlace(cipher, new Uint8Array(sealed))).buffer)))
    const opener = new Opener(cipher, { first: 0, end: chunkCount }, chunkCount)
    const parts: Buffer[] = []
    for (const part of partsOf(sealed.subarray(HEADER_LENGTH))) parts.push(...opener.add(part))
    parts.push(...opener.finish())
    t.ok(plain.equals(Buffer.concat(parts)), `${length} bytes`)
  }
})

t.test('two objects of the same bytes have nothing in common', async (t) => {
  const [a, b] = [seal(Buffer.alloc(100)), seal(Buffer.alloc(100))]
  t.notSame(a.subarray(8, 24), b.subarray(8, 24))
  t.notSame(a.subarray(HEADER_LENGTH), b.subarray(HEADER_LENGTH))
})

t.test('a bit that is flipped anywhere is found', async (t) => {
  const plain = randomBytes(CHUNK_LENGTH + 40)
  const sealed = seal(plain)
  const inHead = Array.from({ length: HEADER_LENGTH }, (_, i) => i)
  const behind = Array.from({ length: 60 }, () => HEADER_LENGTH + Math.floor(Math.random() * sealed.length))
  const edges = [HEADER_LENGTH, HEADER_LENGTH + SEALED_CHUNK_LENGTH - 1, HEADER_LENGTH + SEALED_CHUNK_LENGTH]
  for (const at of [...inHead, ...edges, ...behind.filter((at) => at < sealed.length), sealed.length - 1]) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] as number) ^ (1 << Math.floor(Math.random() * 8))
    t.throws(() => open(changed), SealedError, `byte ${at}`)
  }
  t.ok(open(sealed).equals(plain))
})

t.test('what is cut or extended anywhere is found', async (t) => {
  for (const length of [0, 100, CHUNK_LENGTH, 2 * CHUNK_LENGTH + 5]) {
    const sealed = seal(randomBytes(length))
    const chunkEnds = [1, 2, 3].map((count) => HEADER_LENGTH + count * SEALED_CHUNK_LENGTH)
    const lengths = [0, 4, 24, 91, 92, 100, 107, sealed.length - 1, sealed.length - 16, ...chunkEnds]
    for (const cut of lengths.filter((cut) => cut < sealed.length)) {
      t.throws(() => open(sealed.subarray(0, cut)), SealedError, `${cut} of ${sealed.length}`)
    }
    for (const more of [1, 16, 17, SEALED_CHUNK_LENGTH]) {
      t.throws(() => open(Buffer.concat([sealed, Buffer.alloc(more)])), SealedError, `${more} more`)
    }
    const lastChunk = sealed.subarray(-(16 + (length % CHUNK_LENGTH)))
    t.throws(() => open(Buffer.concat([sealed, lastChunk])), SealedError, 'its last chunk twice')
  }
})

t.test('chunks cannot change places, and objects neither heads nor names', async (t) => {
  const [a, b] = [seal(randomBytes(3 * CHUNK_LENGTH)), seal(randomBytes(3 * CHUNK_LENGTH))]
  const chunk = (sealed: Buffer, index: number): Buffer => {
    const start = HEADER_LENGTH + index * SEALED_CHUNK_LENGTH
    return sealed.subarray(start, start + SEALED_CHUNK_LENGTH)
  }
  const made = (header: Buffer, ...chunks: Buffer[]): Buffer =>
    Buffer.concat([header.subarray(0, HEADER_LENGTH), ...chunks])
  const [a0, a1, a2] = [chunk(a, 0), chunk(a, 1), chunk(a, 2)]
  t.ok(open(made(a, a0, a1, a2)))
  t.throws(() => open(made(a, a1, a0, a2)), SealedError, 'two chunks swapped')
  t.throws(() => open(made(a, a0, a2)), SealedError, 'one left out')
  t.throws(() => open(made(a, a0, a1)), SealedError, 'the last left out')
  t.throws(() => open(made(a, a0, a1, a1, a2)), SealedError, 'one twice')
  t.throws(() => open(made(a, a0, chunk(b, 1), a2)), SealedError, 'one of another object')
  t.throws(() => open(made(b, a0, a1, a2)), SealedError, 'the header of another object')
  const front = Buffer.concat([a.subarray(0, 24), b.subarray(24, HEADER_LENGTH)])
  t.throws(() => open(made(front, a0, a1, a2)), SealedError, 'the key record of another object')
  t.throws(() => open(a, 'run/2'), SealedError, 'as another object')
})

t.test('nothing is handed on before it was found right', async (t) => {
  const sealed = seal(randomBytes(3 * CHUNK_LENGTH))
  const at = HEADER_LENGTH + SEALED_CHUNK_LENGTH + 7
  sealed[at] = (sealed[at] as number) ^ 1
  const opener = new Opener(ring.cipherOf(sealed, 'run/1'), { first: 0, end: 3 }, 3)
  const given: Buffer[] = []
  t.throws(() => {
    for (const part of opener.add(sealed.subarray(HEADER_LENGTH))) given.push(part)
  }, SealedError)
  t.equal(given.length, 1, 'the first chunk alone')
})

t.test('the start of an object is opened as far as its chunks are there', async (t) => {
  const plain = randomBytes(2 * CHUNK_LENGTH + 500)
  const sealed = seal(plain)
  const cipher = ring.cipherOf(sealed, 'run/1')
  for (const [given, expected] of [
    [HEADER_LENGTH, 0],
    [HEADER_LENGTH + SEALED_CHUNK_LENGTH - 1, 0],
    [HEADER_LENGTH + SEALED_CHUNK_LENGTH, CHUNK_LENGTH],
    [sealed.length - 1, 2 * CHUNK_LENGTH],
    [sealed.length, plain.length],
  ] as const) {
    t.ok(openFirst(cipher, sealed.subarray(0, given), sealed.length).equals(plain.subarray(0, expected)), `${given}`)
  }
})

t.test('a file is read in any parts, sealed or not', async (t) => {
  const folder = t.testdir()
  for (const length of LENGTHS) {
    const plain = randomBytes(length)
    const key = ring.newSealingKey('f')
    await writeFile(join(folder, 'sealed'), Buffer.concat([...sealParts(key, [plain])]))
    await writeFile(join(folder, 'plain'), plain)
    for (const name of ['sealed', 'plain']) {
      const file = await openFile(join(folder, name), (header) => ring.cipherOf(header, 'f'))
      t.equal(file.byteLength, length)
      for (let i = 0; i < 25; i++) {
        const start = Math.floor(Math.random() * (length + 10))
        const target = Buffer.alloc(Math.floor(Math.random() * (length + 10)))
        const read = await file.read(target, start)
        const expected = plain.subarray(start, start + target.length)
        if (!target.subarray(0, read).equals(expected)) t.fail(`${name}, ${length}: ${target.length} from ${start}`)
      }
      await file.close()
    }
  }
  await writeFile(join(folder, 'cut'), seal(randomBytes(CHUNK_LENGTH), 'f').subarray(0, 5_000))
  const cut = await openFile(join(folder, 'cut'), (header) => ring.cipherOf(header, 'f'))
  await t.rejects(cut.read(Buffer.alloc(10), 0), SealedError)
  await cut.close()
})

t.test('only the chunks of a range are asked for', async (t) => {
  const size = plainSizeOf(sealedLengthOf(10 * CHUNK_LENGTH + 1))
  const range = chunksOf(size, 3 * CHUNK_LENGTH - 1, 3 * CHUNK_LENGTH + 1)
  t.same(range, {
    first: 2,
    end: 4,
    sealedStart: HEADER_LENGTH + 2 * SEALED_CHUNK_LENGTH,
    sealedEnd: HEADER_LENGTH + 4 * SEALED_CHUNK_LENGTH,
  })
  t.match(chunksOf(size, 0, Number.POSITIVE_INFINITY), {
    first: 0,
    end: 11,
    sealedEnd: sealedLengthOf(size.byteLength),
  })
  t.match(chunksOf(size, 5, 5), { first: 0, end: 0 })
})

t.test('rotation changes the header alone, and lets go of the old key', async (t) => {
  const plain = randomBytes(1000)
  const sealed = seal(plain)
  const rotated = Buffer.from(sealed)
  new KeyRing([keyB, keyA]).rewrap(sealed).copy(rotated)
  t.ok(rotated.subarray(HEADER_LENGTH).equals(sealed.subarray(HEADER_LENGTH)))
  t.equal(keyIdIn(rotated), keyIdOf(keyB))
  t.ok(open(rotated, 'run/1', new KeyRing([keyB])).equals(plain))
  const missing = { fault: 'key_missing', message: new RegExp(`not in ENCRYPTION_KEY_FILE: id ${keyIdOf(keyB)}`) }
  t.throws(() => open(rotated), missing)
  t.throws(() => new KeyRing([keyB]).rewrap(sealed), { message: /not in ENCRYPTION_KEY_FILE/ })
  t.throws(() => open(sealed, 'run/1', new KeyRing([])), { message: /not in ENCRYPTION_KEY_FILE/ })
  const forged = Buffer.from(sealed)
  Buffer.from(keyIdOf(keyB), 'hex').copy(forged, 24)
  t.throws(
    () => open(forged, 'run/1', new KeyRing([keyA, keyB])),
    { message: /header is not what/ },
    'the id of another key',
  )
})
