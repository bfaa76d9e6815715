// Holds ONNX Runtime to our predictions, model by model.
import type { Test } from 'tap'
import { exportCases } from './cases.ts'
import { compareFunctions, compareWithRuntime } from './compare.ts'

/** python: an interpreter with onnx and onnxruntime. Labels must be equal, numbers as near as each case says. */
export async function checkWithRuntime(t: Test, python: string): Promise<void> {
  t.same(await compareFunctions(python), { exp: 0, log: 0 }, 'exp and log in operators are Math.exp and Math.log')
  const compared = await compareWithRuntime(python, exportCases)
  for (const [k, { name, error, otherLabels, ulps, rowCount }] of compared.entries()) {
    const bound = exportCases[k]?.ulps ?? 0
    t.equal(error, undefined, `${name}: onnx.checker and ONNX Runtime take it`)
    t.equal(otherLabels, 0, `${name}: all labels of ${rowCount} rows are ours`)
    t.ok(ulps <= bound, `${name}: numbers are within ${bound} ulp of ours, at most ${ulps}`)
  }
}
