import { connect } from 'node:net'
import fastify from 'fastify'
import t from 'tap'
import { answerClientError } from './problem-details.ts'

t.test('a request that does not come to its end in time is answered with a problem', async (t) => {
  const app = fastify({
    requestTimeout: 100,
    http: { connectionsCheckingInterval: 20, headersTimeout: 100 },
    clientErrorHandler: answerClientError,
  })
  app.post('/', async () => 'never')
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { port } = app.server.address() as { port: number }
  const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n'
  for (const sent of ['POST / HTTP/1.1\r\nho', `${head}{`]) {
    const answer = await new Promise<string>((resolve) => {
      let answers = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(sent))
      socket.on('data', (chunk) => {
        answers += chunk
      })
      socket.on('close', () => resolve(answers))
    })
    t.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/)
    t.match(answer, /application\/problem\+json[\s\S]*"code":"REQUEST_TIMED_OUT"/)
  }
})
