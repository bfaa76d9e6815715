import t from 'tap'
import { Random } from '../random.ts'
import { assembleModule } from './assemble-module.ts'
import { I8x16 } from './byte-vectors.ts'
import { routine } from './routine.ts'
import { I32, type Local } from './values.ts'
import { compile, instantiate, newMemory } from './web-assembly.ts'

/** The 16 bytes that an expression of two vectors leaves. */
function evaluate(a: Uint8Array, b: Uint8Array, write: (a: Local<I32>, b: Local<I32>) => I8x16): number[] {
  const answer = routine('answer', { a: I32, b: I32, out: I32 }, (w, { a, b, out }) => w.store(out, write(a, b)))
  const memory = newMemory(1)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [answer] }))
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(a)
  bytes.set(b, 16)
  ;(instantiate(module, { memory }) as { answer(a: number, b: number, out: number): void }).answer(0, 16, 32)
  return [...bytes.slice(32, 48)]
}

t.test('sixteen bytes count as sixteen numbers', async (t) => {
  const random = new Random(1)
  for (let round = 0; round < 20; round++) {
    const [a, b] = [0, 1].map(() => Uint8Array.from({ length: 16 }, () => random.integer(256))) as [
      Uint8Array,
      Uint8Array,
    ]
    a[3] = b[3] as number
    const each = (wanted: (p: number, q: number, i: number) => number): number[] =>
      Array.from(a, (p, i) => wanted(p, b[i] as number, i) & 255)
    const run = (write: (a: I8x16, b: I8x16) => I8x16): number[] =>
      evaluate(a, b, (x, y) => write(I8x16.load(x), I8x16.load(y)))
    const signed = (byte: number): number => (byte << 24) >> 24
    t.same(
      run((x, y) => x.plus(y)),
      each((p, q) => p + q),
    )
    t.same(
      run((x) => x.minus(3)),
      each((p) => p - 3),
    )
    t.same(
      run((x, y) => x.isAbove(y)),
      each((p, q) => (signed(p) > signed(q) ? -1 : 0)),
    )
    t.same(
      run((x, y) => x.without(y)),
      each((p, q) => p & ~q),
    )
    t.same(
      run((x, y) => x.lowerUnsigned(y)),
      each((p, q) => Math.min(p, q)),
    )
    t.same(
      run((x, y) => x.plusUpTo255(y)),
      each((p, q) => Math.min(p + q, 255)),
    )
    t.same(
      run((x, y) => x.lookUp(y.and(15))),
      each((_, q) => a[q & 15] as number),
    )
    t.same(
      run((x) => x.pairsShiftRight(4)),
      each((p, _, i) => (p >> 4) | (i % 2 === 0 ? (a[i + 1] as number) << 4 : 0)),
    )
    t.same(
      evaluate(a, b, (x) => I8x16.loadSplat4(x, 4)),
      each((_p, _q, i) => a[4 + (i % 4)] as number),
    )
    t.same(
      evaluate(a, b, () => I8x16.ofBytes([...b])),
      [...b],
    )
  }
})
