// An ONNX model that takes its caller's tensors, from its bytes to an artifact: read, checked, and held against golden tensors.
import { encodeArtifact } from '../../model/artifact.ts'
import { bytesOfTensors } from '../../model/tensor-model.ts'
import { rowCountOf } from '../../tensors/read-tensor-request.ts'
import { readOnnx } from '../onnx/read-onnx.ts'
import { tensorLayout } from '../onnx/tensor-layout.ts'
import { TensorPipeline } from '../onnx/tensor-pipeline.ts'
import type { CheckedImport, CheckSurroundings, ImportQuestion } from './checked-import.ts'
import { type ComparedCase, compareTensors } from './compare-tensors.ts'
import { goldenTable } from './golden-table.ts'
import { goldenCases, outputRanks, readGoldenJson } from './golden-tensors.ts'
import { parametersOf, tellFileFaults, withinTime } from './import-steps.ts'
import { tensorWarnings } from './import-warnings.ts'
import { factsOf } from './open-model.ts'

/** As checkImport, whose golden rows are tensors. Throws the same. O(bytes + elements). */
export async function checkTensorImport(
  question: ImportQuestion,
  { model, memory, timeoutMs }: CheckSurroundings,
): Promise<CheckedImport> {
  const { file, golden, wish } = question
  const json = readGoldenJson(golden.body, memory)
  const { onnx, layout } = await tellFileFaults(() => {
    const onnx = readOnnx(file)
    return { onnx, layout: tensorLayout(onnx, outputRanks(json)) }
  })
  const cases = goldenCases(json, layout)
  const pipeline = new TensorPipeline(Uint8Array.from(file), layout)
  try {
    await pipeline.prepare()
    const rowCount = cases.reduce((sum, { inputs }) => sum + rowCountOf(inputs, layout.inputs), 0)
    const names = layout.outputs.map(({ name }) => name)
    const compared = await withinTime(timeoutMs, async (stop) => {
      const made: ComparedCase[] = []
      for (const { inputs, outputs: expected } of cases) {
        const got = await pipeline.tensors.run(inputs, names, { stop })
        memory.take(bytesOfTensors(got))
        made.push({ expected, got })
      }
      return made
    })
    const comparison = compareTensors(compared, { given: wish.tolerance, rowCount })
    const parameters = parametersOf(question, { facts: factsOf(onnx, 'tensors') }, comparison.tolerance)
    return {
      artifact: new Uint8Array(encodeArtifact(model, parameters, pipeline)),
      parameters,
      labels: layout.outputs.map(({ name }) => name),
      features: layout.inputs.map(({ name }) => name),
      comparison,
      warnings: tensorWarnings(rowCount),
      goldenTable: goldenTable(cases),
    }
  } finally {
    pipeline.release()
  }
}
