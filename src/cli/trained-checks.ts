// What a model class must do in a whole run: what train and the service do with it, on sample rows, one after the other.

import { readTraining } from '../intake/read-training.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { warningText } from '../learning/warnings.ts'
import { decodeArtifact } from '../model/artifact.ts'
import { FaultList } from '../model/faults.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { Model } from '../model/model.ts'
import { sliceRows, type Table, toRows } from '../model/table.ts'
import { answerChunks, whole } from '../prediction/answer-chunks.ts'
import { LocalPipeline } from '../prediction/local-pipeline.ts'
import { renderArtifact } from '../report-page/render-report.ts'
import { readRowsQuery } from '../rows/rows-query.ts'
import { outputTensors } from '../tensors/output-tensors.ts'
import { differenceOf } from '../trainer/prove-trained.ts'
import { type Trained, train } from '../trainer/train.ts'
import type { SampleRows } from './sample-table.ts'

/** A training of sample rows that went to its end. */
export interface TrainedSample {
  readonly features: Table
  readonly trained: Trained
  /** The training again, on two threads. */
  readonly again: Trained
  /** What the service makes of the artifact. */
  readonly restored: FittedPipeline
}

export interface TrainedCheck {
  readonly name: string
  /** What to do when it fails. */
  readonly hint: string
  /** Throws when the model breaks the rule; what it returns is a remark. */
  run(model: Model, sample: TrainedSample): Promise<string | undefined> | string | undefined
}

/** Rows that are answered at once, as those of small requests are. */
const FEW_ROWS = 3
const HELD_OUT = 0.25

export const TRAINING_CHECK = {
  name: 'a request with the rows is accepted, trained with rows held out, and can be predicted with',
  hint: 'npx ml-worker train does the same on rows of yours; --debug shows where an error comes from',
} as const

/** Throws what is wrong with the request, and what the training throws. */
export async function trainSample(model: Model, { features, labels }: SampleRows): Promise<TrainedSample> {
  const { takesLabels } = model.create_pipeline(model.get_default_parameters())
  const members = { features: toRows(features), ...(takesLabels ? { labels: toRows(labels) } : {}) }
  const body = Buffer.from(
    JSON.stringify({ ...members, parameters: model.check_parameters ?? {}, validation_split: HELD_OUT }),
  )
  const faults = new FaultList()
  const query = readRowsQuery({}, 'json', faults)
  const { work } = await readTraining(
    { modelName: model.name, runId: 0, form: 'json', query, faults },
    body,
    async () => model,
  )
  const trainOn = async (threadCount: number): Promise<Trained> => {
    const team = new ThreadTeam(threadCount)
    try {
      return await train(model, work, { team, tell: () => {} })
    } finally {
      await team.close()
    }
  }
  const trained = await trainOn(1)
  const again = await trainOn(2)
  return { features: work.features, trained, again, restored: decodeArtifact(trained.artifact, model) }
}

export const trainedChecks: readonly TrainedCheck[] = [
  {
    name: 'metrics of rows held out are numbers too',
    hint: 'extract_metrics must bear few rows, of which some classes may be missing; leave out what cannot be said',
    run(_, { trained }) {
      const odd = trained.warnings.find(({ code }) => code === 'METRICS_NOT_FINITE')
      if (odd !== undefined) throw new Error(warningText(odd))
      return `${Object.keys(trained.metrics).filter((name) => name.startsWith('validation_')).length} metrics`
    },
  },
  {
    name: 'the same training on two threads gives the same artifact',
    hint: 'a fit must not depend on its threads, on Math.random or on the clock: draw from context.seed',
    run(_, { trained, again }) {
      if (!trained.artifact.equals(again.artifact)) throw new Error('they differ')
      return undefined
    },
  },
  {
    name: 'the report has all its parts',
    hint: 'steps and predict are called again for it: with the names of fitted columns, and with other numbers of rows',
    run(_, { trained }) {
      const lacks = trained.reportProblems.map(({ part, reason }) => `it lacks ${part}: ${reason}`)
      if (lacks.length > 0) throw new Error(lacks.join('; '))
      return undefined
    },
  },
  {
    name: 'the page of the report can be drawn',
    hint: 'look for names that are no strings, and numbers that are none, in what the fitted estimator says of itself',
    async run(model, { trained }) {
      const page = await renderArtifact(trained.artifact, { modelName: model.name, trainingSeconds: 1 })
      return `${page.length} characters`
    },
  },
  {
    name: 'a few rows at once are predicted as many rows are',
    hint: 'predictNow of a FittedPipeline must give what its predict gives; without a predictNow, predict counts',
    async run(_, { features, restored }) {
      const few = sliceRows(features, 0, FEW_ROWS)
      const local = new LocalPipeline(restored)
      const now = local.predictRows(toRows(few))?.predictions
      if (now === undefined) return restored.predictsNow === false ? 'by predict' : undefined
      requireSame(await restored.predict(few), now)
      return undefined
    },
  },
  {
    name: 'rows are predicted the same on two threads, and with nobody asking for probabilities',
    hint: 'predict of a FittedPipeline hands its options on, and changes labels whether there are probabilities or not',
    async run(_, { features, restored }) {
      const alone = await restored.predict(features)
      const team = new ThreadTeam(2)
      try {
        const report = (): void => {}
        requireSame(alone, await restored.predict(features, { team, stop: new StopFlag(), report }))
      } finally {
        await team.close()
      }
      const without = await restored.predict(features, { withProbabilities: false })
      requireSame({ ...alone, probabilities: [] }, { ...without, probabilities: [] })
      return undefined
    },
  },
  {
    name: 'predictions can be answered as JSON, CSV, Arrow and tensors',
    hint: 'predictions are a column for each output of the pipeline, by its name and of its kind; override noPredictions where they are others',
    async run(_, { features, restored }) {
      const predictions = await restored.predict(features)
      for (const answerForm of ['json', 'csv', 'arrow'] as const) {
        await whole(answerChunks(predictions, { runId: 0, answerForm, withProbabilities: true }))
      }
      const [promised, given] = [restored.noPredictions, predictions].map((from) =>
        outputTensors(from).map(({ name, datatype }) => `${JSON.stringify(name)} (${datatype})`),
      )
      if (`${promised}` !== `${given}`) throw new Error(`${given}, where ${promised} is promised to clients`)
      return undefined
    },
  },
]

function requireSame(expected: Predictions, given: Predictions): void {
  const difference = differenceOf(expected, given)
  if (difference !== undefined) throw new Error(`they are otherwise: ${difference}`)
}
