// A Fastify route on onnxruntime-node: what a team would write. Arguments: where it is installed, the model, the port.
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import Fastify from 'fastify'

const [, , installed = '', model = '', port = ''] = process.argv
const { InferenceSession, Tensor } = createRequire(join(resolve(installed), 'x.js'))('onnxruntime-node')
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 })
const app = Fastify()
app.get('/health', async () => ({}))
app.post<{ Body: { features: Record<string, number>[] } }>('/predict', async ({ body }) => {
  const { features } = body
  const width = Object.keys(features[0] as object).length
  const x = Float32Array.from(features.flatMap((row) => Object.values(row)))
  const { y } = await session.run({ x: new Tensor('float32', x, [features.length, width]) })
  return { probabilities: [...y.data] }
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
