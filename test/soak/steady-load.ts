// The same request at a steady rate over a few connections, whatever the answers do.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const CONNECTIONS = 8
const TICK_MS = 5
/** Wrong answers that are kept. */
const WRONG_MAX = 10
const ANSWER = /^HTTP\/1\.1 (\d{3}) [\s\S]*?\r\ncontent-length: (\d+)\r\n[\s\S]*?\r\n\r\n/i

export interface SteadyLoadParts {
  readonly url: URL
  /** JSON. */
  readonly body: string
  /** Requests a second. */
  readonly rate: number
  readonly isRight: (status: number, body: string) => boolean
}

export class SteadyLoad {
  private readonly parts: SteadyLoadParts
  private readonly request: string
  private readonly lines: Line[] = []
  private readonly wrong: string[] = []
  private sent = 0
  private startedAt = 0
  private turnAt = 0
  private times: number[] = []
  private timer: NodeJS.Timeout | undefined

  constructor(parts: SteadyLoadParts) {
    const { url, body } = parts
    this.parts = parts
    this.request = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  }

  get figures(): { readonly sent: number; readonly wrong: readonly string[] } {
    return { sent: this.sent, wrong: this.wrong }
  }

  start(): void {
    for (let i = 0; i < CONNECTIONS; i++) this.lines.push(this.open())
    this.startedAt = performance.now()
    this.turnAt = this.startedAt
    this.timer = setInterval(() => this.sendDue(), TICK_MS)
  }

  /** Resolves when all that was sent is answered. */
  async stop(): Promise<void> {
    clearInterval(this.timer)
    for (const { socket, sentAt } of this.lines) {
      while (sentAt.length > 0) await once(socket, 'data')
      socket.destroy()
    }
  }

  /** Answers since the turn before, with how long they took. */
  turn() {
    const now = performance.now()
    const ordered = this.times.sort((a, b) => a - b)
    const at = (share: number): number => ordered[Math.floor(share * (ordered.length - 1))] ?? 0
    const figures = {
      seconds: (now - this.turnAt) / 1000,
      answers: ordered.length,
      ...{ p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) },
    }
    this.times = []
    this.turnAt = now
    return figures
  }

  private sendDue(): void {
    const due = Math.floor(((performance.now() - this.startedAt) / 1000) * this.parts.rate)
    for (; this.sent < due; this.sent++) {
      const line = this.lines[this.sent % CONNECTIONS] as Line
      line.sentAt.push(performance.now())
      line.socket.write(this.request)
    }
  }

  private open(): Line {
    const { hostname, port } = this.parts.url
    const line: Line = { socket: connect(Number(port), hostname), sentAt: [], text: '' }
    line.socket.setNoDelay(true)
    line.socket.on('data', (bytes) => this.take(line, bytes.toString('latin1')))
    line.socket.on('error', (error) => this.isWrong(`a connection ended: ${error.message}`))
    return line
  }

  private take(line: Line, text: string): void {
    line.text += text
    for (;;) {
      const [head, status, length] = ANSWER.exec(line.text) ?? []
      if (head === undefined || line.text.length < head.length + Number(length)) return
      const body = line.text.slice(head.length, head.length + Number(length))
      line.text = line.text.slice(head.length + Number(length))
      this.times.push(performance.now() - (line.sentAt.shift() as number))
      if (!this.parts.isRight(Number(status), body)) this.isWrong(`${status} ${body.slice(0, 200)}`)
    }
  }

  private isWrong(what: string): void {
    if (this.wrong.length < WRONG_MAX) this.wrong.push(what)
  }
}

interface Line {
  readonly socket: Socket
  /** Of what is not answered yet, in order. */
  readonly sentAt: number[]
  text: string
}
