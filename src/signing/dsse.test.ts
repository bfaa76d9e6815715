import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { canonicalJson } from '../canonical-json.ts'
import { EnvelopeError, openEnvelope, preAuthEncoding, signEnvelope } from './dsse.ts'
import { keyIdOf } from './signing-keys.ts'

const TYPE = 'application/vnd.test+json'
const newKey = () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { id: keyIdOf(privateKey), privateKey, publicKey: createPublicKey(privateKey) }
}
const [key, other] = [newKey(), newKey()]
const trusted = new Map([[key.id, key.publicKey]])
const payload = Buffer.from('{"a":1}')
const envelope = signEnvelope(TYPE, payload, key)
const changed = (members: object): string => JSON.stringify({ ...JSON.parse(envelope), ...members })

t.test("the pre-authentication encoding is the specification's", async (t) => {
  // The example of protocol.md, DSSE v1.0.0.
  const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'))
  t.equal(encoded.toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  t.equal(preAuthEncoding('é', Buffer.from([0, 255])).toString('latin1'), 'DSSEv1 2 Ã© 2 \x00ÿ')
})

t.test('what a trusted key has signed is opened, and the key is named', async (t) => {
  const opened = openEnvelope(envelope, TYPE, trusted)
  t.equal(opened.payload.toString(), '{"a":1}')
  t.equal(opened.keyId, key.id)
  const [signature] = JSON.parse(envelope).signatures
  const two = changed({ signatures: [{ keyid: other.id, sig: signature.sig }, signature] })
  t.equal(openEnvelope(two, TYPE, trusted).keyId, key.id, 'beside a signature of a key that is not known')
})

t.test('what is forged, cut, turned round or meant for something else is refused', async (t) => {
  const [{ sig }] = JSON.parse(envelope).signatures
  const bytes = Buffer.from(sig, 'base64')
  const flipped = (at: number): string => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] as number) ^ 1
    return copy.toString('base64')
  }
  const signedBy = (keyid: string, signature: string) => changed({ signatures: [{ keyid, sig: signature }] })
  const raw = sign(null, payload, key.privateKey).toString('base64')
  const attacks: [name: string, text: string, message: RegExp][] = [
    ['another payload', changed({ payload: Buffer.from('{"a":2}').toString('base64') }), /is not what key/],
    ['a payload that is longer', changed({ payload: Buffer.from('{"a":1} ').toString('base64') }), /is not what key/],
    ['no payload', changed({ payload: '' }), /is not what key/],
    ['another type', changed({ payloadType: `${TYPE}x` }), /is of the type/],
    ['one bit of the signature', signedBy(key.id, flipped(0)), /is not what key/],
    ['its last bit', signedBy(key.id, flipped(63)), /is not what key/],
    ['a signature that is cut', signedBy(key.id, bytes.subarray(0, 63).toString('base64')), /is not what key/],
    [
      'halves turned round',
      signedBy(key.id, Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString('base64')),
      /is not what key/,
    ],
    ['no signature', signedBy(key.id, ''), /is not what key/],
    ['a signature of the payload alone', signedBy(key.id, raw), /is not what key/],
    ['the id of a key that is not trusted', signedBy(other.id, sig), /by no accepted key/],
    [
      'another key that takes the id of a trusted one',
      signEnvelope(TYPE, payload, { ...other, id: key.id }),
      /is not what key/,
    ],
    ['a key that is not trusted', signEnvelope(TYPE, payload, other), /by no accepted key/],
    ['no list of signatures', changed({ signatures: [] }), /is no envelope/],
    ['too many', changed({ signatures: new Array(17).fill({ keyid: key.id, sig }) }), /is no envelope/],
    ['numbers for texts', changed({ payload: 1 }), /is no envelope/],
    ['no base64', changed({ payload: '{"a":1}' }), /not base64/],
    ['no base64 for a signature', signedBy(key.id, `${sig}!`), /not base64/],
    ['no JSON', envelope.slice(0, -1), /is no envelope/],
    ['null', 'null', /is no envelope/],
  ]
  for (const [name, text, message] of attacks) {
    t.throws(() => openEnvelope(text, TYPE, trusted), { name: 'EnvelopeError', message }, name)
  }
  t.throws(() => openEnvelope(envelope, TYPE, new Map()), EnvelopeError)
  t.throws(() => openEnvelope(envelope, 'another', trusted), EnvelopeError)
})

t.test('the same data is the same text, whatever the order of its members', async (t) => {
  t.equal(
    canonicalJson({ b: [1, 'x', null, true], a: { z: 1e21, y: -0, '\u20ac': 0.1 } }),
    '{"a":{"y":0,"z":1e+21,"€":0.1},"b":[1,"x",null,true]}',
  )
  t.equal(canonicalJson({ 10: 1, 9: 2, aa: 3, a: 4 }), '{"10":1,"9":2,"a":4,"aa":3}')
  // The order of RFC 8785, 3.2.3: by code units of UTF-16.
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
  t.same(
    Object.keys(JSON.parse(text)).filter((name) => name !== '1'),
    ['\r', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'],
  )
  t.equal(canonicalJson('a"\\\n\u0001é'), '"a\\"\\\\\\n\\u0001é"')
  for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, () => 1, [undefined]]) {
    t.throws(() => canonicalJson(value), TypeError)
  }
})
