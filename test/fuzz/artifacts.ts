// Artifacts with a right checksum and anything behind it: refused with an ArtifactError, or decoded and predicting.
import { createHash } from 'node:crypto'
import { fitContext } from '../../src/learning/fit-context.ts'
import type { Random } from '../../src/learning/random.ts'
import { WarningList } from '../../src/learning/warnings.ts'
import { ArtifactError, decodeArtifact, encodeArtifact } from '../../src/model/artifact.ts'
import { FaultList, RowsError } from '../../src/model/faults.ts'
import type { Model } from '../../src/model/model.ts'
import type { Table } from '../../src/model/table.ts'
import { toRows } from '../../src/model/table.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { chartsOf } from '../../src/report-page/charts/charts-of.ts'
import { describeTraining } from '../../src/training-summary/describe-training.ts'
import { readArtifactReport } from '../../src/training-summary/read-report.ts'
import { buildTable } from '../support/build-table.ts'
import { Finding } from './finding.ts'
import { mutate } from './mutate.ts'

export interface ArtifactSample {
  readonly model: Model
  readonly bytes: Buffer
  readonly features: Table
}

const ROWS = 40
const PAYLOAD_DIGEST_OFFSET = 18
const DIGEST_OFFSET = 50
const HEADER_OFFSET = 82

/** An artifact of every model of a folder that can be trained, each fitted on a few rows. */
export async function artifactSamples(folder: string): Promise<ArtifactSample[]> {
  const found = await discoverModels(folder)
  // Imported models are not trained: src/interop/ has what is done to theirs.
  const models = found.models.filter(({ model }) => model.name !== 'imported_model')
  return Promise.all(
    models.map(async ({ model }) => {
      const defaults = model.get_default_parameters()
      const { kind } = model.create_pipeline(defaults).estimator
      // A recommender takes one column, that of the users.
      const all = kind === 'recommender' ? ['c'] : ['a', 'b', 'c']
      const names = model.feature_names === '*' ? all : model.feature_names
      const rows = Array.from({ length: ROWS }, (_, i) =>
        Object.fromEntries(names.map((name, j) => [name, name === 'c' ? 'xyz'[i % 3] : (i * (j + 3)) % 17])),
      )
      const features = tableOf(rows)
      const small = { n_estimators: 3, max_iter: 5, n_init: 1, trials_max: 3 }
      const parameters = Object.fromEntries(
        Object.entries(defaults).map(([name, value]) => [name, small[name as keyof typeof small] ?? value]),
      )
      const pipeline = model.create_pipeline(parameters)
      const label = model.label_names === '*' ? 'y' : (model.label_names[0] ?? 'y')
      const labels = rows.map((_, i) =>
        pipeline.takesLabels ? { [label]: kind === 'regressor' ? i / 3 : 'pqr'[i % 3] } : {},
      )
      const fitted = await pipeline.fit(features, pipeline.takesLabels ? tableOf(labels) : tableOf([]), fitContext())
      const labelTable = pipeline.takesLabels ? tableOf(labels) : tableOf([])
      const report = await describeTraining(
        {
          model,
          parameters,
          kind,
          pipeline: fitted,
          training: { features, labels: labelTable, metrics: { own: 1 } },
          validation: undefined,
          origin: { validationSplit: null, splitSeed: 0, dataDigest: '', workerVersion: '1.0.0' },
          warnings: new WarningList(),
          predictions: undefined,
        },
        fitContext(),
      )
      return { model, bytes: encodeArtifact(model, parameters, fitted, { report }), features }
    }),
  )
}

/** One changed artifact. Gives what became of it; throws Finding. */
export async function fuzzArtifact(samples: readonly ArtifactSample[], random: Random): Promise<string> {
  const { model, bytes, features } = samples[random.integer(samples.length)] as ArtifactSample
  const input = changed(bytes, random)
  readReport(input)
  let pipeline: ReturnType<typeof decodeArtifact>
  try {
    pipeline = decodeArtifact(input, model)
  } catch (error) {
    if (error instanceof ArtifactError) return `refused: ${error.fault}`
    throw new Finding(`decoding as ${model.name}: ${error}`, input, { cause: error })
  }
  try {
    toRows((await pipeline.predict(features)).labels)
    return 'predicts'
  } catch (error) {
    if (error instanceof RowsError) return 'other columns'
    throw new Finding(`predicting with ${model.name}: ${error}`, input, { cause: error })
  }
}

/** A report is refused, or gives charts; where its parts do not fit together, an error that the service answers. */
function readReport(input: Buffer): void {
  try {
    chartsOf(readArtifactReport(input).report)
  } catch (error) {
    if (!(error instanceof ArtifactError || error instanceof TypeError || error instanceof RangeError)) {
      throw new Finding(`reading the report: ${error}`, input, { cause: error })
    }
  }
}

/** Header, report or payload changed, lengths and checksums as they should be. */
function changed(bytes: Buffer, random: Random): Buffer {
  const headerEnd = HEADER_OFFSET + bytes.readUInt32LE(6)
  const reportEnd = headerEnd + bytes.readUInt32LE(10)
  let header: Buffer = bytes.subarray(HEADER_OFFSET, headerEnd)
  let report: Buffer = bytes.subarray(headerEnd, reportEnd)
  let payload: Buffer = bytes.subarray(reportEnd)
  const part = random.integer(8)
  if (part === 0) header = mutate(header, random, ['null', '[]', '{}', '"__proto__"', '1e999'])
  else if (part <= 2) report = mutate(report, random)
  else payload = mutate(payload, random)
  const prefix = Buffer.from(bytes.subarray(0, HEADER_OFFSET))
  prefix.writeUInt32LE(header.length, 6)
  prefix.writeUInt32LE(report.length, 10)
  prefix.writeUInt32LE(payload.length, 14)
  createHash('sha256').update(payload).digest().copy(prefix, PAYLOAD_DIGEST_OFFSET)
  createHash('sha256')
    .update(prefix.subarray(0, DIGEST_OFFSET))
    .update(header)
    .update(report)
    .digest()
    .copy(prefix, DIGEST_OFFSET)
  return Buffer.concat([prefix, header, report, payload])
}

function tableOf(rows: readonly object[]): Table {
  return buildTable(rows, 'features', new FaultList())
}
