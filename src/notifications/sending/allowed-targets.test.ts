import t from 'tap'
import { AllowedTargets, faultOfTarget, isPublicAddress } from './allowed-targets.ts'

t.test('only addresses of the public internet are public', async (t) => {
  const others = [
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '100.64.0.1',
    ],
    ...['224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '240.0.0.1', '::1', '::', 'fe80::1', 'fe80::1%eth0'],
    ...[
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::a00:1',
      '2002:a00:1::',
      '2001::1',
    ],
    ...['2001:db8::1', '::a00:1', 'localhost', ''],
  ]
  for (const address of others) t.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1']) {
    t.equal(isPublicAddress(address), true, address)
  }
})

t.test('entries are names, addresses and networks', async (t) => {
  for (const entry of ['spring-app', 'a.b.example', '10.0.0.0/8', 'fd00::/8', '127.0.0.1', '::1', 'my_app']) {
    t.equal(faultOfTarget(entry), undefined, entry)
  }
  for (const entry of ['10.0.0.0/33', 'fd00::/129', 'http://a', 'a b', '*', '10.0.0/8', 'a:80']) {
    t.match(faultOfTarget(entry), /expected the name of a host/, entry)
  }
})

t.test('a host that is named may have any address, and an address in a network any host', async (t) => {
  const allowed = new AllowedTargets(['spring-app', '10.0.0.0/8', 'fd00::/8'])
  const faultOf = (url: string, address: string) => allowed.faultOfAddress(new URL(url), address)
  t.equal(faultOf('http://spring-app:8080/x', '192.168.0.7'), undefined)
  t.equal(faultOf('http://SPRING-app/x', '192.168.0.7'), undefined)
  t.equal(faultOf('http://other/x', '10.9.9.9'), undefined)
  t.equal(faultOf('https://other/x', 'fd00::7'), undefined)
  t.equal(faultOf('https://other/x', '::ffff:10.0.0.1'), undefined, 'IPv4 in IPv6')
  t.equal(faultOf('https://other/x', '8.8.8.8'), undefined)
  t.match(faultOf('http://other/x', '8.8.8.8'), /expected https/)
  t.match(faultOf('https://other/x', '192.168.0.7'), /192\.168\.0\.7 is not public/)
  t.match(faultOf('https://spring-app.evil.example/x', '127.0.0.1'), /not public/)
})

t.test('other ways to write an address are seen through', async (t) => {
  const none = new AllowedTargets([])
  for (const url of [
    'https://0x7f000001/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::1]/',
  ]) {
    t.match(none.faultOf(url), /not public/, url)
  }
  t.equal(none.faultOf('https://example.com/hook?x=1'), undefined)
  for (const url of [
    'http://example.com/',
    'file:///etc/passwd',
    'https://u@example.com/',
    'https://example.com/#x',
    'x',
  ]) {
    t.type(none.faultOf(url), 'string', url)
  }
})
