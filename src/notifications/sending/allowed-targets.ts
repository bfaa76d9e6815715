// Where webhooks may go: to public addresses by https, and to what the operator allows besides. Whoever makes a webhook
// must not reach services of the inner network through the worker (server-side request forgery).
import { BlockList, isIP } from 'node:net'

/** IANA's special-purpose addresses (RFC 6890 and its registries), multicast and what is reserved. */
const NOT_PUBLIC_4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]
/** Only these are given out for the internet; among them are those that lead on to an IPv4 address, and others. */
const GLOBAL_6 = ['2000::/3']
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const notPublic4 = listOf(NOT_PUBLIC_4)
const global6 = listOf(GLOBAL_6)
const notPublic6 = listOf(NOT_PUBLIC_6)

const HOST_NAME = /^[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/i
const NETWORK = /^([0-9a-f.:]+)\/([0-9]{1,3})$/i

/** Whether an address is of the public internet. IPv6 that holds an IPv4 address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !notPublic4.check(address)
  // An address with a zone is one of the own link.
  if (family !== 6 || address.includes('%')) return false
  return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6')
}

/** What is wrong with an entry of WEBHOOK_ALLOWED_HOSTS; undefined where nothing is. */
export function faultOfTarget(entry: string): string | undefined {
  if (isIP(entry) !== 0 || HOST_NAME.test(entry)) return undefined
  const [, address = '', bits = ''] = NETWORK.exec(entry) ?? []
  const family = isIP(address)
  if (family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)) return undefined
  return `expected the name of a host, an address, or a network as 10.0.0.0/8; got ${JSON.stringify(entry)}`
}

export class AllowedTargets {
  private readonly names: ReadonlySet<string>
  private readonly networks: BlockList
  private readonly hasNetworks: boolean

  /** entries: without fault. */
  constructor(entries: readonly string[]) {
    const isName = (entry: string): boolean => isIP(entry) === 0 && !entry.includes('/')
    this.names = new Set(entries.filter(isName).map((name) => name.toLowerCase()))
    const networks = entries.filter((entry) => !isName(entry))
    this.networks = listOf(networks)
    this.hasNetworks = networks.length > 0
  }

  /** What is wrong with a URL, as far as it can be told without its addresses; undefined where nothing is. */
  faultOf(url: string): string | undefined {
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (target === undefined || !['https:', 'http:'].includes(target.protocol)) {
      return 'expected a URL, as https://host/path'
    }
    if (target.username !== '' || target.password !== '') return 'expected a URL without a user and a password in it'
    if (target.hash !== '') return 'expected a URL without #'
    const host = hostOf(target)
    if (isIP(host) !== 0) return this.faultOfAddress(target, host)
    if (target.protocol === 'https:' || this.isNamed(host) || this.hasNetworks) return undefined
    return `expected https: ${host} is not in WEBHOOK_ALLOWED_HOSTS`
  }

  /** What is wrong with an address that the host of a URL has; undefined where nothing is. */
  faultOfAddress(target: URL, address: string): string | undefined {
    if (this.isNamed(hostOf(target)) || this.isInNetworks(address)) return undefined
    const isIn = 'neither its host nor its address is in WEBHOOK_ALLOWED_HOSTS'
    if (!isPublicAddress(address)) return `the address ${address} is not public, and ${isIn}`
    return target.protocol === 'https:' ? undefined : `expected https: ${isIn}`
  }

  private isNamed(host: string): boolean {
    return this.names.has(host.toLowerCase())
  }

  private isInNetworks(address: string): boolean {
    const family = isIP(address)
    return family !== 0 && !address.includes('%') && this.networks.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** The host of a URL as resolvers take it: IPv6 without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
