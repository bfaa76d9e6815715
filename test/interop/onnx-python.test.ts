// Every estimator and step as ONNX, scored by ONNX Runtime for Python: where PYTHON names an interpreter that has onnx and
// onnxruntime. `npm run test:onnx` gets them out of PyPI.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { checkWithRuntime } from './onnx/check-with-runtime.ts'

const python = process.env['PYTHON'] ?? ''
const lacks = python === '' ? 'PYTHON names no interpreter' : missingIn(python)

t.test('ONNX Runtime predicts as we do', lacks === undefined ? {} : { skip: lacks }, (t) => checkWithRuntime(t, python))

/** What keeps an interpreter from checking; undefined for nothing. */
function missingIn(python: string): string | undefined {
  const { status } = spawnSync(python, ['-c', 'import onnx, onnxruntime, numpy'])
  return status === 0 ? undefined : `${python} has no onnx, onnxruntime or numpy`
}
