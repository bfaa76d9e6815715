// Requests byte by byte, for what fetch would not send.
import { connect } from 'node:net'
import { requireDocumented } from './openapi.ts'
import type { Answer } from './service.ts'

export interface RawRequest {
  readonly path: string
  /** Those that are undefined are left out, of the usual ones as well. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** What is sent of the body, one after the other. */
  readonly chunks: readonly Uint8Array[]
  /** What content-length says; the length of the chunks unless told otherwise. */
  readonly length?: number
  /** True when nothing follows the chunks: the caller has gone. */
  readonly isCut?: boolean
}

/** POSTs and gives the answer; undefined when the connection ended without one. */
export function postRaw(url: string, { path, headers = {}, chunks, length, isCut = false }: RawRequest) {
  const { hostname, port } = new URL(url)
  const byteLength = length ?? chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const all = { host: hostname, 'content-type': 'application/json', 'content-length': byteLength, ...headers }
  const given = Object.entries({ ...all, connection: 'close' }).filter(([, value]) => value !== undefined)
  const head = given.map(([name, value]) => `${name}: ${value}\r\n`)
  return new Promise<Pick<Answer, 'status' | 'body'> | undefined>((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, async () => {
      socket.setNoDelay(true)
      socket.write(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`)
      for (const chunk of chunks) {
        socket.write(chunk)
        await new Promise((next) => setImmediate(next))
      }
      if (isCut) socket.end()
    })
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (answer === '') return resolve(undefined)
      try {
        const { status, headers, text } = answerIn(answer)
        requireDocumented({ method: 'POST', path, status, headers, text })
        resolve({ status, body: JSON.parse(text) })
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** Sends bytes as they are, and gives all that comes back until the worker closes the connection. */
export function answersTo(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url)
  return new Promise((resolve, reject) => {
    let answers = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'))
    socket.setEncoding('utf8').on('data', (chunk) => {
      answers += chunk
    })
    socket.on('error', reject).on('close', () => resolve(answers))
  })
}

/** The parts of an answer as it came over the line. */
export function answerIn(bytes: string): { status: number; headers: Headers; text: string } {
  const [head = '', text = ''] = bytes.split(/\r\n\r\n([\s\S]*)/)
  const [first = '', ...lines] = head.split('\r\n')
  const pairs = lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string])
  return { status: Number(first.split(' ')[1]), headers: new Headers(pairs), text }
}
