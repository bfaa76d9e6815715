// What check finds in a whole run: each of these classes fits and predicts, and breaks in another part of what follows.
import t from 'tap'
import { sampleRows } from '../../src/cli/sample-table.ts'
import { trainedChecks, trainSample } from '../../src/cli/trained-checks.ts'
import { LinearRegression } from '../../src/learning/linear/linear-regression.ts'
import type { RowBlock } from '../../src/learning/matrix.ts'
import { FittedPipeline, type Predictions, type PredictOptions } from '../../src/model/fitted-pipeline.ts'
import type { Metrics, Model } from '../../src/model/model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import type { ReadTable } from '../../src/model/read-column.ts'
import type { EncodingStep, FittedStep } from '../../src/model/steps/step.ts'
import type { Column } from '../../src/model/table.ts'
import LogTarget, { LogTargetPipeline } from '../models/log-target.ts'

const given = { feature_names: '*', label_names: ['y'] } as const
const rows = sampleRows(given, 'regressor', new LogTarget().create_pipeline({})).find(({ what }) => what === 'numbers')
if (rows === undefined) throw new Error('there are no sample rows of numbers')

/** The name of the first check that fails, and why; undefined when all pass. */
async function firstFailure(model: Model): Promise<{ name: string; message: string } | undefined> {
  let name = 'training'
  try {
    const sample = await trainSample(model, rows as NonNullable<typeof rows>)
    for (const check of trainedChecks) {
      name = check.name
      await check.run(model, sample)
    }
  } catch (error) {
    return { name, message: (error as Error).message }
  }
  return undefined
}

/** A model whose fitted pipelines are of the class, restored ones too. */
function modelOf(Own: new (fitted: FittedPipeline) => FittedPipeline): Model {
  class OwnPipeline extends Pipeline {
    override async fit(...given: Parameters<Pipeline['fit']>) {
      return new Own(await super.fit(...given))
    }
    override restore(...given: Parameters<Pipeline['restore']>) {
      return new Own(super.restore(...given))
    }
  }
  return pipelineModel(() => new OwnPipeline([], new LinearRegression()))
}

function pipelineModel(create: () => Pipeline): Model {
  class Made extends LogTarget {
    override create_pipeline() {
      return create()
    }
  }
  return new Made()
}

class Own extends FittedPipeline {
  constructor({ featureSchema, steps, outputs }: FittedPipeline) {
    super(featureSchema, steps, outputs)
  }
}

function changed(predictions: Predictions, change: (column: Column) => Column): Predictions {
  return { ...predictions, labels: { ...predictions.labels, columns: predictions.labels.columns.map(change) } }
}

/** No prediction below 1. */
const clip = (column: Column): Column =>
  column.kind === 'numeric' ? { ...column, values: column.values.map((value) => Math.max(1, value)) } : column

class Clipped extends Own {
  override async predict(features: ReadTable, options?: PredictOptions) {
    return changed(await super.predict(features, options), clip)
  }
}

t.test('classes that keep the contract pass: a label transform, and one that only clips in predict', async (t) => {
  t.equal(await firstFailure(new LogTarget()), undefined)
  t.equal(await firstFailure(modelOf(Clipped)), undefined)
})

t.test('a restore that forgets the own class fails the training', async (t) => {
  class Forgetful extends LogTargetPipeline {
    override restore(...given: Parameters<Pipeline['restore']>) {
      return Pipeline.prototype.restore.apply(this, given)
    }
  }
  t.match(await firstFailure(pipelineModel(() => new Forgetful([], new LinearRegression()))), {
    name: 'training',
    message: /^the restored model predicts otherwise than the fitted one: column "y"$/,
  })
})

t.test('a predictNow that differs from predict fails the training', async (t) => {
  class Differs extends Own {
    override predictNow(block: RowBlock) {
      return changed(super.predictNow(block), clip)
    }
  }
  t.match(await firstFailure(modelOf(Differs)), { name: 'training', message: /^predictNow of the model's own class/ })
})

t.test('metrics that are no numbers on few rows', async (t) => {
  class OfMany extends LogTarget {
    override extract_metrics(_: FittedPipeline, features: { rowCount: number }): Metrics {
      return { own: features.rowCount > 80 ? 1 : Number.NaN }
    }
  }
  t.match(await firstFailure(new OfMany()), { name: /rows held out/, message: /METRICS_NOT_FINITE.*validation_own/ })
})

t.test('draws that differ from training to training', async (t) => {
  class Random extends LogTarget {
    override create_pipeline() {
      return new Pipeline([shift(() => Math.random())], new LinearRegression())
    }
  }
  t.match(await firstFailure(new Random()), { name: /on two threads gives the same artifact/ })
})

t.test('a step that cannot bear a single row loses the report', async (t) => {
  const step = shift((rowCount) => {
    if (rowCount > 1 && rowCount < 60) throw new Error('too few rows')
    return 0
  })
  const failure = await firstFailure(pipelineModel(() => new Pipeline([step], new LinearRegression())))
  t.match(failure, { message: /too few rows/ })
})

t.test('options of predict that are not handed on, and columns that no client was promised', async (t) => {
  class OnThreads extends Own {
    override async predict(features: ReadTable, options: PredictOptions = {}) {
      const predictions = await super.predict(features, options)
      return options.team === undefined ? predictions : changed(predictions, clip)
    }
  }
  class Renames extends Own {
    override async predict(features: ReadTable, options: PredictOptions = {}) {
      const predictions = await super.predict(features, options)
      return { ...predictions, labels: { ...predictions.labels, columns: [...predictions.labels.columns, extra()] } }

      function extra(): Column {
        return { kind: 'numeric', name: 'extra', values: new Float64Array(features.rowCount) }
      }
    }
  }
  t.match(await firstFailure(modelOf(OnThreads)), { name: /on two threads, and/, message: /otherwise: column "y"/ })
  t.match(await firstFailure(modelOf(Renames)), {
    name: /JSON, CSV, Arrow and tensors/,
    message: '"y" (FP64),"extra" (FP64), where "y" (FP64) is promised to clients',
  })
})

/** Adds a number to every value; by is drawn when the step is fitted, and asked again for each frame. */
function shift(by: (rowCount: number) => number): EncodingStep {
  const fitted = (drawn: number): FittedStep => ({
    type: 'shift',
    transform: (frame) => {
      by(frame.rowCount)
      return { ...frame, columns: frame.columns.map((column) => column.map((value) => value + drawn)) }
    },
    toState: () => ({ drawn }),
  })
  return {
    type: 'shift',
    fit: ({ rowCount }) => fitted(by(rowCount)),
    restore: ({ drawn }) => fitted(drawn as number),
  }
}
