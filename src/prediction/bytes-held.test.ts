import t from 'tap'
import { bytesHeld } from './bytes-held.ts'

t.test('counts each buffer once, however many views and objects refer to it', async (t) => {
  const buffer = new SharedArrayBuffer(1_000_000)
  const views = { floats: new Float64Array(buffer), bytes: new Uint8Array(buffer, 10, 20) }
  const held = bytesHeld({ views, again: [views, views.floats], own: new Float32Array(1000) })
  t.ok(held >= 1_004_000 && held < 1_006_000, `${held}`)
})

t.test('looks into maps, sets, class instances and cycles', async (t) => {
  class Node {
    private readonly secret = new Float64Array(1000)
    next: unknown = this
    get size() {
      return this.secret.length
    }
  }
  const nodes = new Map([['a', new Set([new Node()])]])
  const held = bytesHeld(nodes)
  t.ok(held >= 8000 && held < 9000, `${held}`)
})
