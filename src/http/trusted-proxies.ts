// Which proxies are believed when they say, in X-Forwarded-For, for whom they call.
import { isIP } from 'node:net'

/** What is wrong with a list of addresses and networks (CIDR); undefined when nothing is. */
export function proxiesFault(proxies: readonly string[]): string | undefined {
  const wrong = proxies.find((proxy) => !isNetwork(proxy))
  if (wrong === undefined) return undefined
  return `expected addresses and networks with commas between, as 10.0.0.7,10.1.0.0/16; got ${JSON.stringify(wrong.slice(0, 100))}`
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  )
}
