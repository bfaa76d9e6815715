import t from 'tap'
import { callerAddress } from './caller-address.ts'

t.test('an address counts by what its owner cannot change at will', async (t) => {
  for (const [ip, expected] of [
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b:1:2:3:4:10.0.0.7', '64:ff9b:1:2::/64'],
    ['64:ff9b::10.0.0.7', '64:ff9b:0:0::/64'],
    ['unknown', 'unknown'],
    ['::x', '::x'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ] as const) {
    t.equal(callerAddress(ip), expected, ip)
  }
})
