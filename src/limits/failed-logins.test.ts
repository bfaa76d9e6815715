import t from 'tap'
import { FailedLogins } from './failed-logins.ts'

t.test('after twenty failures within a minute an address waits; others do not', async (t) => {
  let now = 0
  const failed = new FailedLogins(() => now)
  const refused = { name: 'ServiceError', code: 'RATE_LIMITED', retryAfterSeconds: 3 }
  for (let i = 0; i < 20; i++) {
    failed.delayOrRefuse('10.0.0.7')
    failed.failed('10.0.0.7')
  }
  for (let i = 0; i < 100; i++) t.throws(() => failed.delayOrRefuse('::ffff:10.0.0.7'), refused)
  failed.delayOrRefuse('10.0.0.8')
  now = 3_000
  failed.delayOrRefuse('10.0.0.7')
  failed.failed('10.0.0.7')
  t.throws(() => failed.delayOrRefuse('10.0.0.7'), refused, 'one more in three seconds')
  now = 63_000
  for (let i = 0; i < 20; i++) {
    failed.delayOrRefuse('10.0.0.7')
    failed.failed('10.0.0.7')
  }
  t.throws(() => failed.delayOrRefuse('10.0.0.7'), refused)
})

t.test('the addresses of one IPv6 network are one', async (t) => {
  const failed = new FailedLogins(() => 0)
  for (let i = 0; i < 20; i++) failed.failed(`2001:db8::${i}`)
  t.throws(() => failed.delayOrRefuse('2001:db8::ffff'), { code: 'RATE_LIMITED' })
  failed.delayOrRefuse('2001:db8:0:1::1')
})

t.test('what it remembers has a bound', async () => {
  const failed = new FailedLogins(() => 0)
  for (let i = 0; i < 20; i++) failed.failed('10.0.0.7')
  // Those that came first are forgotten.
  for (let i = 0; i < 10_000; i++) failed.failed(`11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  failed.delayOrRefuse('10.0.0.7')
})
