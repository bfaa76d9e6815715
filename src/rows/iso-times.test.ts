import t from 'tap'
import { isoClock, isoDay, isoInstant } from './iso-times.ts'

t.test('days are those of the calendar, of all years that ISO writes with four digits', async (t) => {
  let wrong = 0
  for (let day = -719_528; day <= 2_932_896; day++) {
    if (day % 7 !== 0 && day % 365 > 3) continue
    if (isoDay(day) !== new Date(day * 86_400_000).toISOString().slice(0, 10)) wrong += 1
  }
  t.equal(wrong, 0)
  t.same([isoDay(-719_529), isoDay(2_932_897), isoDay(Number.NaN)], [undefined, undefined, undefined])
})

t.test('instants and times of day have as many decimals as they need', async (t) => {
  t.same(
    [
      isoInstant(-1n, 's', true),
      isoInstant(1_709_244_930_001n, 'ms', false),
      isoInstant(1_709_244_930_000_010n, 'us', false),
      isoInstant(-1n, 'ns', false),
      isoInstant(2n ** 62n, 's', false),
    ],
    [
      '1969-12-31T23:59:59Z',
      '2024-02-29T22:15:30.001',
      '2024-02-29T22:15:30.000010',
      '1969-12-31T23:59:59.999999999',
      undefined,
    ],
  )
  t.same([isoClock(86_399n, 's'), isoClock(86_400n, 's'), isoClock(-1n, 's')], ['23:59:59', undefined, undefined])
})
