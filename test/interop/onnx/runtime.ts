// The same checks with packages out of PyPI: npm run test:onnx.
import t from 'tap'
import { pythonWith } from '../../support/python.ts'
import { checkWithRuntime } from './check-with-runtime.ts'

const found = await pythonWith(['onnx==1.23.2', 'onnxruntime==1.32.0'])
const options = 'skip' in found ? { skip: found.skip } : {}

t.test('ONNX Runtime predicts as we do', options, async (t) => {
  if (!('skip' in found)) await checkWithRuntime(t, found.python)
})
