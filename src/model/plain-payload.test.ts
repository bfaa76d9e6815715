import { Packr } from 'msgpackr'
import t from 'tap'
import { checkPlainPayload, PayloadError } from './plain-payload.ts'

const plain = new Packr({ moreTypes: true, structuredClone: false, useRecords: false, mapsAsObjects: true })

t.test('takes plain data of every size', async (t) => {
  const values = [
    null,
    true,
    false,
    ...[0, -1, 127, 128, 255, 65_536, 2 ** 32, 2 ** 40, -32, -33, -129, -40_000, -(2 ** 31), 0.5, Number.NaN, 1e300],
    ...[0, 5, 31, 32, 255, 256, 70_000].map((length) => 'ü'.repeat(length)),
    ...[0, 15, 16, 70_000].map((length) => Array.from({ length }, (_, i) => i)),
    ...[0, 15, 16, 60_000].map((length) => Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, null]))),
    ...[0, 1, 3, 7, 15, 200, 300, 70_000].map((length) => new Uint8Array(length)),
    ...[Int32Array, Float64Array, Uint16Array, Float32Array].map((Type) => new Type(9)),
    { parameters: '{}', state: { trees: [{ left: Int32Array.of(1), value: [0.5, null] }] } },
  ]
  for (const value of [...values, values]) t.doesNotThrow(() => checkPlainPayload(plain.pack(value)))
})

t.test('refuses what the decoder would build more of', async (t) => {
  const records = new Packr({ moreTypes: true, structuredClone: true, useRecords: true })
  const shared = { a: 1 }
  const others: unknown[] = [
    new Date(0),
    /a+/,
    new Set([1]),
    new Error('no'),
    2n ** 80n,
    undefined,
    Buffer.from('bytes'),
    { a: 1, b: 2 },
    [shared, shared],
  ]
  for (const value of others) t.throws(() => checkPlainPayload(records.pack([value])), PayloadError, String(value))
})

t.test('refuses what ends too early, or goes on', async (t) => {
  const bytes = plain.pack({ parameters: '{}', state: { a: [1, 2.5, 'three'], b: Float64Array.of(1, 2), c: 2 ** 40 } })
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => checkPlainPayload(bytes.subarray(0, length)), { name: 'PayloadError', message: 'it ends too early' })
  }
  t.throws(() => checkPlainPayload(Buffer.concat([bytes, Buffer.alloc(1)])), { message: 'it goes on after its end' })
  t.throws(() => checkPlainPayload(Buffer.from('ddffffffff', 'hex')), { message: 'it ends too early' })
})
