// What a URL of a store lets its holder do, and nothing else (presignGet and presignPut of src/storage/storage.ts).
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Storage } from '../../src/storage/storage.ts'
import { until } from './until.ts'

export interface PresignOptions {
  /** False of a server that looks at no signature: then only what is allowed is tried. */
  readonly isStrict: boolean
  /** False of a server that lets a URL put over an object. */
  readonly keepsFirst: boolean
  /** False of a store that holds an upload to no length. */
  readonly keepsLength: boolean
}

const BOUND = { byteLengthMax: 1_000 }
const isRefused = ({ status }: Response): boolean => status >= 400 && status < 500

/** open: gives an empty storage. */
export function presignSuite(t: Test, open: (t: Test) => Promise<Storage>, options: PresignOptions): void {
  t.test('a URL gives the bytes of one object', async (t) => {
    const storage = await open(t)
    await storage.put('a/one', Readable.from([Buffer.from('first')]), BOUND)
    await storage.put('a/two', Readable.from([Buffer.from('second')]), BOUND)
    const url = (await storage.presignGet?.('a/one', 60)) as string
    t.equal(await fetch(url).then((answer) => answer.text()), 'first')
    t.match(
      storage.objectUrl?.('a/one'),
      /^(s3|gs|https?):\/\/[^?]+\/a\/one$/,
      'and where it lies is told without them',
    )
    for (const seconds of [0, 1.5, 604_801]) {
      await t.rejects(Promise.resolve(storage.presignGet?.('a/one', seconds)), RangeError)
      await t.rejects(Promise.resolve(storage.presignPut?.('a/one', { seconds })), RangeError)
    }
    if (!options.isStrict) return
    t.ok(isRefused(await fetch(url.replace('a/one', 'a/two'))), 'no other object')
    t.ok(isRefused(await fetch(url, { method: 'DELETE' })), 'no deletion')
    t.ok(isRefused(await fetch(url, { method: 'PUT', body: 'other', headers: { 'x-ms-blob-type': 'BlockBlob' } })))
    t.equal(await text(await storage.get('a/one')), 'first')
    const short = (await storage.presignGet?.('a/one', 1)) as string
    await until(async () => isRefused(await fetch(short)))
  })

  t.test('a URL takes one object, once', async (t) => {
    const storage = await open(t)
    const given = await storage.presignPut?.('uploads/one', { byteLength: 5, seconds: 60 })
    const { url, headers } = given as NonNullable<typeof given>
    const put = (to: string, body: string): Promise<Response> => fetch(to, { method: 'PUT', body, headers })
    if (options.isStrict) {
      t.ok(isRefused(await put(url.replace('uploads/one', 'uploads/two'), 'first')), 'no other object')
      if (options.keepsLength) {
        const longer = await fetch(url, { method: 'PUT', body: 'longer', headers: { 'if-none-match': '*' } })
        t.ok(isRefused(longer), 'no other length')
      }
    }
    const answer = await put(url, 'first')
    t.ok(answer.ok, `${answer.status} ${await answer.text()}`)
    t.equal(await text(await storage.get('uploads/one')), 'first')
    if (options.keepsFirst) {
      t.ok(isRefused(await put(url, 'other')), 'not over what is there')
      t.equal(await text(await storage.get('uploads/one')), 'first')
    }
    t.equal((await storage.list({ limit: 10 })).length, 1)
    if (!options.isStrict) return
    t.ok(isRefused(await fetch(url)), 'it gives nothing')
    t.ok(isRefused(await fetch(url, { method: 'DELETE' })), 'no deletion')
    t.equal((await storage.list({ limit: 10 })).length, 1)
  })
}
