// Two URLs, of one worker over one connection or of two workers: a request of one, then of the other, in random order, many times. What
// the machine does beside it falls on both alike, so a difference of a microsecond can be seen that seconds of load in turns do not show.
import { connect, type Socket } from 'node:net'

export interface InterleavedFigures<Side extends string> {
  /** Microseconds from the first byte sent to the last byte received: medians. */
  readonly us: Readonly<Record<Side, number>>
  /** Median of the differences within pairs, second minus first, and the limits of its 95 % confidence interval. Microseconds. */
  readonly differenceUs: number
  readonly lowUs: number
  readonly highUs: number
}

interface Given {
  readonly body: Buffer
  /** Pairs give so many keys in turn, as experiment_key; 0 gives none. */
  readonly keys: number
}

const PAIRS = 20_000
/** Pairs that are not measured: code of both sides is optimised by then. */
const WARM_PAIRS = 20_000
const Z_95 = 1.96

export async function measureInterleaved<Side extends string>(
  sides: readonly [Side, Side],
  urls: Readonly<Record<Side, string>>,
  { body, keys }: Given,
): Promise<InterleavedFigures<Side>> {
  const [first, second] = sides
  const clients = new Map<string, OneConnection>()
  const clientOf = (url: string): OneConnection => {
    const { host, hostname, port } = new URL(url)
    const client = clients.get(host) ?? new OneConnection(connect(Number(port), hostname))
    clients.set(host, client)
    return client
  }
  const own = { [first]: clientOf(urls[first]), [second]: clientOf(urls[second]) } as Record<Side, OneConnection>
  const times: Record<Side, Float64Array> = {
    [first]: new Float64Array(PAIRS),
    [second]: new Float64Array(PAIRS),
  } as never
  try {
    for (let pair = -WARM_PAIRS; pair < PAIRS; pair++) {
      const query = keys === 0 ? '' : `?experiment_key=user-${(pair + WARM_PAIRS) % keys}`
      for (const side of Math.random() < 0.5 ? sides : [second, first]) {
        const us = await own[side].post(urls[side] + query, body)
        if (pair >= 0) times[side][pair] = us
      }
    }
  } finally {
    for (const client of clients.values()) client.close()
  }
  const differences = times[second].map((us, pair) => us - (times[first][pair] as number)).sort()
  // The ranks of a median's interval, by the normal approximation of the binomial distribution.
  const half = (Z_95 * Math.sqrt(PAIRS)) / 2
  const at = (rank: number): number => differences[Math.min(PAIRS - 1, Math.max(0, Math.round(rank)))] as number
  return {
    us: { [first]: middle(times[first]), [second]: middle(times[second]) } as Record<Side, number>,
    differenceUs: at(PAIRS / 2),
    lowUs: at(PAIRS / 2 - half),
    highUs: at(PAIRS / 2 + half),
  }
}

export const INTERLEAVED_HEAD = 'one by one µs | with | more µs (95 %)'

export function interleavedCells<Side extends string>(
  [first, second]: readonly [Side, Side],
  figures: InterleavedFigures<Side> | undefined,
): readonly string[] {
  if (figures === undefined) return ['', '', '']
  const { us, differenceUs, lowUs, highUs } = figures
  return [
    us[first].toFixed(1),
    us[second].toFixed(1),
    `${differenceUs.toFixed(1)} (${lowUs.toFixed(1)} to ${highUs.toFixed(1)})`,
  ]
}

const middle = (values: Float64Array): number => values.toSorted()[values.length >> 1] as number

/** HTTP/1.1 by hand, as little of it as a measurement needs: answers with a content-length, one request at a time. */
class OneConnection {
  private readonly socket: Socket
  private received = ''
  private settle: { readonly resolve: (status: number) => void; readonly reject: (error: Error) => void } | undefined

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (chunk: string) => this.take(chunk))
    socket.on('error', (error) => this.settle?.reject(error))
    socket.on('close', () => this.settle?.reject(new Error('the worker closed the connection')))
  }

  /** Microseconds. Throws when the answer is no 200. */
  async post(url: string, body: Buffer): Promise<number> {
    const { host, pathname, search } = new URL(url)
    const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    const request = Buffer.concat([Buffer.from(head, 'latin1'), body])
    const answered = new Promise<number>((resolve, reject) => {
      this.settle = { resolve, reject }
    })
    const startedAt = performance.now()
    this.socket.write(request)
    const status = await answered
    const us = (performance.now() - startedAt) * 1e3
    if (status !== 200) throw new Error(`${pathname} answered ${status}`)
    return us
  }

  close(): void {
    this.settle = undefined
    this.socket.destroy()
  }

  private take(chunk: string): void {
    this.received += chunk
    const headEnd = this.received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const length = Number(/^content-length: (\d+)/im.exec(this.received.slice(0, headEnd))?.[1])
    if (this.received.length < headEnd + 4 + length) return
    const status = Number(this.received.slice(9, 12))
    this.received = ''
    this.settle?.resolve(status)
  }
}
