// The thread of a model: ended when it takes too long or too much, and replaced.
import t, { type Test } from 'tap'
import { doubling, endless, memoryBomb } from '../../../test/support/onnx-model.ts'
import { missing } from '../../../test/support/optional-package.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { OnnxRunner } from './onnx-runner.ts'

const skip = (await missing('onnxruntime-web')) ?? false
const feeds = [{ name: 'X', type: 'float32', dims: [2, 1], data: Float32Array.of(1, 2) }]

function runnerOf(t: Test, model: Uint8Array) {
  const runner = new OnnxRunner(model)
  t.teardown(() => runner.close())
  return runner
}

t.test('gives the outputs that are asked for', { skip }, async (t) => {
  const runner = runnerOf(t, doubling())
  await runner.open()
  const [y] = await runner.run(feeds, ['Y'], { stop: new StopFlag() })
  t.match(y, { name: 'Y', type: 'float32', dims: [2, 1] })
  t.same(y?.data, Float32Array.of(2, 4))
  await t.rejects(runner.run([], ['Y'], { stop: new StopFlag() }), { code: 'IMPORTED_MODEL_FAILED' })
})

t.test(
  'an endless loop ends with the stop flag, or with its time, and the next run has another thread',
  { skip },
  async (t) => {
    const runner = runnerOf(t, endless())
    await runner.open()
    const stop = new StopFlag()
    const running = runner.run(feeds, ['Y'], { stop })
    const beside = runner.run(feeds, ['Y'], { stop: new StopFlag() })
    stop.set()
    await t.rejects(running, { name: 'FitStopped' })
    await t.rejects(beside, { code: 'OVERLOADED' })
    const late = runner.run(feeds, ['Y'], { stop: new StopFlag(), timeoutMs: 50 })
    await t.rejects(late, { code: 'IMPORTED_MODEL_FAILED', message: 'the ONNX model had not ended after 0.05 s' })
    await t.rejects(runner.run(feeds, ['Y'], { stop }), { name: 'FitStopped' }, 'a flag that is set begins nothing')
  },
)

t.test('a model gets no more memory than it may have, and the thread lives on', { skip }, async (t) => {
  const loading = runnerOf(t, memoryBomb('loaded'))
  await t.rejects(loading.open(), { code: 'IMPORTED_MODEL_FAILED' })
  for (const rows of [2 ** 27, 2 ** 29]) {
    const runner = runnerOf(t, memoryBomb('run', rows))
    await runner.open()
    await t.rejects(runner.run(feeds, ['Y'], { stop: new StopFlag() }), { code: 'IMPORTED_MODEL_FAILED' })
    await t.rejects(runner.run(feeds, ['Y'], { stop: new StopFlag() }), { code: 'IMPORTED_MODEL_FAILED' })
  }
})
