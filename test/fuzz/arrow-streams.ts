// Arrow streams changed message by message: lengths that lie, bodies where none belong, batches of other schemas.
import {
  Bool,
  Dictionary,
  Field,
  Float64,
  Int32,
  makeData,
  Null,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { ServiceError } from '../../src/errors.ts'
import type { Random } from '../../src/learning/random.ts'
import { holdForTables, MemoryBudget } from '../../src/memory/memory-budget.ts'
import { readBody } from '../../src/rows/read-body.ts'
import { Finding } from './finding.ts'
import { mutate } from './mutate.ts'

const MIB = 2 ** 20
const PREFIX_BYTES = 8
/** The continuation, and no length. */
const END = Buffer.from('ffffffff00000000', 'hex')
/** What metadata may say of a length: each as int32 and as int64. */
const LENGTHS = [-1, 0, 1, 7, 8, 64, 1000, 65_536, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53, 2 ** 62]
/** What a stream of some hundred bytes may take, with its table and what waits for the collector. */
const GROWTH_BYTES_MAX = 256 * MIB
const WITHIN_MS = 10_000

interface Message {
  readonly metadata: Buffer
  readonly body: Buffer
}

/** Streams of every type that is taken, in several batches. */
export function arrowSamples(): readonly (readonly Message[])[] {
  const columns = {
    number: vectorFromArray([1, null, 3, 4], new Float64()),
    integer: vectorFromArray([1, 2, 3, 4], new Int32()),
    flag: vectorFromArray([true, false, null, true], new Bool()),
    text: vectorFromArray(['a', 'bb', null, ''], new Utf8()),
    coded: vectorFromArray(['x', 'y', 'x', null], new Dictionary(new Utf8(), new Int32())),
    nothing: vectorFromArray([null, null, null, null], new Null()),
  }
  const names = Object.keys(columns) as (keyof typeof columns)[]
  return [['number'], ['integer', 'flag'], ['text'], ['coded', 'nothing'], names].map((chosen) => {
    const children = (chosen as typeof names).map((name) => columns[name].data[0] as ReturnType<typeof makeData>)
    const schema = new Schema((chosen as typeof names).map((name) => new Field(name, columns[name].type, true)))
    const data = makeData({ type: new Struct(schema.fields), length: 4, nullCount: 0, children })
    const writer = new RecordBatchStreamWriter()
    for (let i = 0; i < 2; i++) writer.write(new RecordBatch(schema, data))
    writer.finish()
    return messagesOf(Buffer.from(writer.toUint8Array(true)))
  })
}

/** One changed stream. Gives what became of it; throws Finding. */
export async function fuzzArrow(samples: ReturnType<typeof arrowSamples>, random: Random): Promise<string> {
  const messages = [...(samples[random.integer(samples.length)] as readonly Message[])]
  for (let i = 1 + random.integer(3); i > 0; i--) changeMessages(messages, samples, random)
  let bytes = Buffer.concat([...messages.map(framed), END])
  if (random.integer(8) === 0) bytes = mutate(bytes, random) as typeof bytes
  const budget = MemoryBudget.of(1024 * MIB)
  const memory = holdForTables(budget, bytes.length)
  const peakBefore = 1024 * process.resourceUsage().maxRSS
  const startedAt = performance.now()
  try {
    const outcome = await readBody(bytes, { form: 'arrow', members: [], labelNames: [], memory }).then(
      () => 'read',
      (error) => {
        if (error instanceof ServiceError) return `refused: ${error.code}`
        throw error
      },
    )
    const grown = 1024 * process.resourceUsage().maxRSS - peakBefore
    if (grown > GROWTH_BYTES_MAX) throw new Error(`${bytes.length} bytes took ${Math.round(grown / MIB)} MiB`)
    const tookMs = performance.now() - startedAt
    if (tookMs > WITHIN_MS) throw new Error(`${bytes.length} bytes took ${Math.round(tookMs)} ms`)
    return outcome
  } catch (error) {
    throw new Finding(`an Arrow stream: ${error}`, bytes, { cause: error })
  } finally {
    memory.release()
  }
}

function changeMessages(messages: Message[], samples: ReturnType<typeof arrowSamples>, random: Random): void {
  const at = random.integer(messages.length)
  const message = messages[at]
  if (message === undefined) return
  const other = messages[random.integer(messages.length)] as Message
  const { metadata, body } = message
  const stranger = samples[random.integer(samples.length)] as readonly Message[]
  switch (random.integer(8)) {
    case 0:
      messages[at] = { metadata: withLength(metadata, random), body }
      return
    case 1:
      messages[at] = { metadata: withLength(withLength(metadata, random), random), body }
      return
    case 2:
      messages.splice(at, 1)
      return
    case 3:
      messages.splice(at, 0, other)
      return
    case 4:
      messages[at] = { metadata, body: other.body }
      return
    case 5:
      messages.splice(at, 0, stranger[random.integer(stranger.length)] as Message)
      return
    case 6: {
      // Another message, as the body of this one, which says so.
      const inside = framed({ ...other, metadata: withLength(other.metadata, random) })
      messages[at] = { metadata: withBodyLength(metadata, body.length, inside.length), body: inside }
      return
    }
    default:
      messages[at] = { metadata: mutate(metadata, random) as Buffer, body }
  }
}

/** One aligned number of the metadata is another length. */
function withLength(metadata: Buffer, random: Random): Buffer {
  const changed = Buffer.from(metadata)
  const length = LENGTHS[random.integer(LENGTHS.length)] as number
  const isLong = random.integer(2) === 0
  const places = Math.floor(changed.length / 8)
  if (places === 0) return changed
  const at = 8 * random.integer(places) + (isLong ? 0 : 4 * random.integer(2))
  if (isLong) changed.writeBigInt64LE(BigInt(length), at)
  else changed.writeInt32LE(length | 0, at)
  return changed
}

/** Every aligned number that is the length of the body is that of another; where there is none, the first zero. */
function withBodyLength(metadata: Buffer, before: number, after: number): Buffer {
  const changed = Buffer.from(metadata)
  for (let at = 0; at + 8 <= changed.length; at += 8) {
    if (changed.readBigInt64LE(at) === BigInt(before)) changed.writeBigInt64LE(BigInt(after), at)
  }
  return changed
}

function framed({ metadata, body }: Message): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES, 0xff)
  prefix.writeUInt32LE(metadata.length, 4)
  return Buffer.concat([prefix, metadata, body])
}

/** The messages of a sound stream. The length of a body is what lies before the next continuation. */
function messagesOf(stream: Buffer): Message[] {
  const messages: Message[] = []
  for (let at = 0; ; ) {
    const length = stream.readUInt32LE(at + 4)
    if (length === 0) return messages
    const start = at + PREFIX_BYTES + length
    let end = start
    while (stream.readUInt32LE(end) !== 0xffffffff) end += 8
    messages.push({
      metadata: Buffer.from(stream.subarray(at + PREFIX_BYTES, start)),
      body: Buffer.from(stream.subarray(start, end)),
    })
    at = end
  }
}
