// By what an address counts as a caller: who has one IPv6 address has 2⁶⁴ of them.
import { isIPv6 } from 'node:net'

const LENGTH_MAX = 64

/**
 * An IPv4 address as it is, also where it is written as IPv6; of another IPv6 address its first 64 bits, as
 * "2001:db8:0:1::/64".
 */
export function callerAddress(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, LENGTH_MAX)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  const [address = ''] = ip.split('%')
  if (!isIPv6(address)) return ip.slice(0, LENGTH_MAX)
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end takes two groups.
  const known = before.length + after.length + (address.includes('.') ? 1 : 0)
  const all = [...before, ...Array.from({ length: 8 - known }, () => '0'), ...after]
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
