// Numbers that are chosen to share places in a hash table: they collide no more than others, and are what a Map gives.
import type { Random } from '../../src/learning/random.ts'
import { NumberMap } from '../../src/model/number-map.ts'
import { numbersInOneBucket } from '../support/hash-collisions.ts'
import { Finding } from './finding.ts'

const COUNT = 4_000
/** Places passed in a look, in the mean: half a one is expected, thousands where the choice works. */
const DISPLACEMENT_MAX = 5

const inOneBucket = numbersInOneBucket(COUNT)

/** One set of numbers. Gives how they were chosen; throws Finding. */
export async function fuzzCollisions(random: Random): Promise<string> {
  const shift = random.integer(30)
  const word = random.integer(2 ** 32)
  const families = {
    'one bucket of V8': () => inOneBucket,
    'multiples of a power of two': () => Array.from({ length: COUNT }, (_, i) => i * 2 ** shift),
    'one low word': () => Array.from({ length: COUNT }, (_, i) => doubleOf(word, (i << 8) & 0x7fefffff)),
    'one high word': () => Array.from({ length: COUNT }, (_, i) => doubleOf(i << (shift % 20), word & 0x7fefffff)),
    'bytes that come again': () =>
      Array.from({ length: COUNT }, (_, i) => doubleOf((i & 0xff) * 0x01010101, ((i >>> 8) * 0x01010101) & 0x7fefffff)),
  }
  const names = Object.keys(families) as (keyof typeof families)[]
  const name = names[random.integer(names.length)] as keyof typeof families
  const chosen = families[name]()
  const input = Buffer.from(Float64Array.from(chosen).buffer)
  const map = filled(chosen)
  if (map.meanDisplacement > DISPLACEMENT_MAX) {
    throw new Finding(`${name}: ${map.meanDisplacement} places a look`, input, { cause: new Error('too slow') })
  }
  const expected = new Set(chosen.map((number) => number + 0))
  if (map.size !== expected.size) {
    throw new Finding(`${name}: not ${expected.size} numbers`, input, { cause: new Error('wrong') })
  }
  return name
}

function filled(numbers: readonly number[]): NumberMap {
  const map = new NumberMap()
  for (const number of numbers) if (map.get(number) < 0) map.set(number, map.size)
  return map
}

function doubleOf(low: number, high: number): number {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(low >>> 0, 0)
  bytes.writeUInt32LE(high >>> 0, 4)
  return bytes.readDoubleLE()
}
