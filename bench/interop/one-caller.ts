// One caller on one connection, who asks the same again and again: bytes that were made before, so that he takes little himself.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { middle } from './measure-here.ts'

export class OneCaller {
  private readonly url: URL
  private readonly request: Buffer
  private socket: Socket | undefined

  constructor(url: string, body: string) {
    this.url = new URL(url)
    const { pathname, search, host } = this.url
    const head = [`POST ${pathname}${search} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json']
    this.request = Buffer.from(`${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`)
  }

  /** One call after the other, for so long. Throws for an answer that is not 200. */
  async callFor(forMs: number): Promise<{ readonly medianMs: number; readonly count: number }> {
    const times: number[] = []
    const end = performance.now() + forMs
    while (performance.now() < end) {
      const startedAt = performance.now()
      await this.call()
      times.push(performance.now() - startedAt)
    }
    return { medianMs: middle(times), count: times.length }
  }

  close(): void {
    this.socket?.removeAllListeners('close')
    this.socket?.destroy()
  }

  private async call(): Promise<void> {
    // A server may have closed a connection that was idle for some seconds.
    if (this.socket === undefined || this.socket.readyState !== 'open') {
      this.socket?.destroy()
      this.socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true })
      await once(this.socket, 'connect')
    }
    const { socket } = this
    await new Promise<void>((resolve, reject) => {
      let text = ''
      const hear = (chunk: Buffer): void => {
        text += chunk.toString('latin1')
        if (!isWhole(text)) return
        socket.off('data', hear)
        socket.off('close', onClose)
        if (text.startsWith('HTTP/1.1 200')) resolve()
        else reject(new Error(`${this.url}: ${text.slice(0, 400)}`))
      }
      socket.on('data', hear)
      const onClose = (): void => reject(new Error(`${this.url} closed the connection: ${text.slice(0, 400)}`))
      socket.once('close', onClose)
      socket.write(this.request)
    })
  }
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return false
  const length = /content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1]
  if (length === undefined) return text.endsWith('\r\n0\r\n\r\n')
  return text.length >= headEnd + 4 + Number(length)
}
