import t from 'tap'
import { closedWindows, wholeHours, windowUntil } from './windows.ts'

const at = (time: string): number => Date.parse(time)
const texts = ({ from, to }: { from: Date; to: Date }): string[] => [from.toISOString(), to.toISOString()]

t.test('a window is closed five minutes after its end', async (t) => {
  const days = (now: string) => closedWindows(at(now), 24, 2).map(texts)
  const [second, third] = [
    ['2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z'],
    ['2026-03-03T00:00:00.000Z', '2026-03-04T00:00:00.000Z'],
  ]
  t.same(days('2026-03-04T00:05:00Z'), [second, third])
  t.same(days('2026-03-04T23:59:59Z'), [second, third])
  t.same(days('2026-03-04T00:04:59Z').at(-1), second)
  t.same(closedWindows(at('2026-03-04T05:05:00Z'), 1, 1).map(texts), [
    ['2026-03-04T04:00:00.000Z', '2026-03-04T05:00:00.000Z'],
  ])
})

t.test('windows that are asked for hold the hour of now, and whole hours', async (t) => {
  t.same(texts(windowUntil(at('2026-03-04T10:20:00Z'), '24h')), [
    '2026-03-03T11:00:00.000Z',
    '2026-03-04T11:00:00.000Z',
  ])
  t.same(texts(wholeHours(at('2026-03-04T10:20:00Z'), at('2026-03-04T12:00:01Z'))), [
    '2026-03-04T10:00:00.000Z',
    '2026-03-04T13:00:00.000Z',
  ])
})
