// Numbers that are chosen to share places in a hash table: as fast as others, and what a Map gives.
import type { Random } from '../../src/learning/random.ts'
import { NumberMap } from '../../src/model/number-map.ts'
import { numbersInOneBucket } from '../support/hash-collisions.ts'
import { Finding } from './finding.ts'

const COUNT = 4_000
/** Times as long as for numbers that nobody chose, and some ms for a collector or another process. */
const TIMES_MAX = 40
const ROOM_MS = 25

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
  const others = Array.from({ length: COUNT }, () => random.normal())
  const limitMs = TIMES_MAX * timeOf(others) + ROOM_MS
  const tookMs = timeOf(chosen)
  const input = Buffer.from(Float64Array.from(chosen).buffer)
  if (tookMs > limitMs) throw new Finding(`${name}: ${tookMs} ms`, input, { cause: new Error('too slow') })
  const expected = new Set(chosen.map((number) => number + 0))
  if (filled(chosen).size !== expected.size) {
    throw new Finding(`${name}: not ${expected.size} numbers`, input, { cause: new Error('wrong') })
  }
  return name
}

/** Of this thread's own work, in ms: other processes may have the processor for most of the time. */
function timeOf(numbers: readonly number[]): number {
  const before = process.threadCpuUsage()
  filled(numbers)
  return process.threadCpuUsage(before).user / 1000
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
