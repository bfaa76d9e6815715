import t from 'tap'
import { ProtobufWriter } from './protobuf-writer.ts'

const written = (write: (message: ProtobufWriter) => void): number[] => {
  const message = new ProtobufWriter()
  write(message)
  return [...message.finish()]
}

// The examples of the encoding guide of Protocol Buffers (protobuf.dev/programming-guides/encoding).
t.test('writes what the guide to the encoding has', (t) => {
  t.same(
    written((m) => m.integer(1, 150)),
    [0x08, 0x96, 0x01],
  )
  t.same(
    written((m) => m.text(2, 'testing')),
    [0x12, 0x07, ...Buffer.from('testing')],
  )
  const inner = new ProtobufWriter()
  inner.integer(1, 150)
  t.same(
    written((m) => m.message(3, inner)),
    [0x1a, 0x03, 0x08, 0x96, 0x01],
  )
  t.same(
    written((m) => m.integers(6, [3, 270, 86_942])),
    [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05],
  )
  t.same(
    written((m) => m.integer(1, -2)),
    [0x08, 0xfe, ...Array(8).fill(0xff), 0x01],
  )
  t.end()
})

t.test('integers are packed, of any size that a double holds, and none where there are none', (t) => {
  const big = Number.MAX_SAFE_INTEGER
  t.same(
    written((m) => m.integers(1, [big, -1])),
    [0x0a, 18, ...Array(7).fill(0xff), 0x0f, ...Array(9).fill(0xff), 0x01],
  )
  t.same(
    written((m) => m.integers(1, [])),
    [],
  )
  t.end()
})
