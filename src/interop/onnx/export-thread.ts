// The entry of the thread that writes models as files of ONNX, one after another.
import { createHash } from 'node:crypto'
import { setPriority } from 'node:os'
import { ServiceError } from '../../errors.ts'
import { ArtifactError, decodeArtifact } from '../../model/artifact.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import { loadModel } from '../../registry/discover.ts'
import { answerCalls } from '../../threads/answer-calls.ts'
import type { ExportCalls, ExportedFile, ExportQuestion } from './export-calls.ts'
import { exportOnnx, NotExportable } from './export-onnx.ts'

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<ExportCalls>({ onnx }, (answer) => [(answer as ExportedFile).bytes.buffer])

async function onnx(question: ExportQuestion): Promise<ExportedFile> {
  const { artifact, workerVersion, runId, modelName } = question
  const pipeline = await pipelineOf(question)
  const facts = { runId, modelName, artifactSha256: sha256Of(artifact), workerVersion }
  try {
    const bytes = exportOnnx(pipeline, facts)
    return { bytes, sha256: sha256Of(bytes) }
  } catch (error) {
    if (!(error instanceof NotExportable)) throw error
    throw new ServiceError('EXPORT_UNSUPPORTED', `run ${runId}: ${error.message}`, { cause: error })
  }
}

async function pipelineOf({ runId, module, artifact }: ExportQuestion): Promise<FittedPipeline> {
  const { model } = await loadModel(module)
  try {
    return decodeArtifact(Buffer.from(artifact.buffer, artifact.byteOffset, artifact.byteLength), model)
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
