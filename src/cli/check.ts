// ml-worker check: whether a model class keeps its contract, and what to do where it does not.
import { contractChecks, runCheck } from '../estimator-checks/check-estimator.ts'
import { contractHint } from '../estimator-checks/contract-hints.ts'
import type { Estimator } from '../learning/estimator.ts'
import type { Model } from '../model/model.ts'
import { type Command, CommandError, type Terminal } from './command.ts'
import { estimatorSubject, isFor } from './estimator-subject.ts'
import { fittingRows, type ModelCheck, modelChecks } from './model-checks.ts'
import { loadModelFile } from './model-file.ts'
import { sampleRows } from './sample-table.ts'
import { TRAINING_CHECK, type TrainedSample, trainedChecks, trainSample } from './trained-checks.ts'

export const checkCommand: Command = {
  usage: 'FILE [--quick]',
  details: [
    '  --quick                leave out the suite that is run on the estimator',
    '',
    'Loads the file, holds the class to its members, trains it on small made-up rows as train and the service do, with',
    'rows held out, draws the report, predicts in every way that there is, and runs the contract suite of all',
    'estimators on its estimator. Some 10 seconds, where the method is slow.',
    '',
  ].join('\n'),
  options: { quick: { type: 'boolean' } },
  takes: ['FILE'],
  async run({ values, positionals }, terminal) {
    const [path] = positionals as [string]
    const { model, type, className } = await loadModelFile(path)
    terminal.out(`${path}: ${className}, the ${type} "${model.name}"\n`)
    const results = new Results(terminal)
    results.passed('it loads and has every member')
    await checkModel(model, type, results)
    if (values['quick'] !== true) await checkEstimator(model, results)
    terminal.out(`\n${results.passedCount} passed, ${results.failedCount} failed`)
    return results.failedCount === 0 ? 0 : 1
  },
}

async function checkModel(model: Model, type: Estimator['kind'], results: Results): Promise<void> {
  const samples = sampleRows(model, type, model.create_pipeline(model.get_default_parameters()))
  const { rows, crashes } = await fittingRows(model, samples).catch((error) => {
    throw new CommandError(
      `the class could not be fitted on small made-up rows: ${error?.message ?? error}\n` +
        'If it is right to want others, train shows it at work: ml-worker train FILE --data rows.csv --label COLUMN',
      { cause: error },
    )
  })
  results.passed(`it can be fitted on ${rows.what}`)
  if (crashes.length > 0) results.failed(REFUSES.name, crashes.join(' · '), REFUSES.hint)
  for (const check of modelChecks) await results.take(check, () => check.run(model, rows))
  let sample: TrainedSample | undefined
  await results.take(TRAINING_CHECK, async () => {
    sample = await trainSample(model, rows)
    return undefined
  })
  for (const check of sample === undefined ? [] : trainedChecks) {
    await results.take(check, () => check.run(model, sample as TrainedSample))
  }
}

async function checkEstimator(model: Model, results: Results): Promise<void> {
  const estimator = estimatorSubject(model)
  const { subject, isKnown } = estimator
  results.heading(`its estimator, ${subject.name}:`)
  for (const check of contractChecks) {
    if (!isFor(estimator, check)) continue
    const { error, remark } = await runCheck(check, subject)
    if (error === undefined) results.passed(check.name, remark)
    else results.failed(check.name, error.message, isKnown ? KNOWN_HINT : contractHint(check.name))
  }
}

const KNOWN_HINT = 'the estimator itself is tested to keep this: look at what create_pipeline does to the parameters'

const REFUSES = {
  name: 'rows that it cannot use are refused in words',
  hint: 'throw a DataError that says what is wrong with them, in validate_features or in fit',
} as const

/** Prints each result as it comes, and counts. */
class Results {
  passedCount = 0
  failedCount = 0
  private readonly terminal: Terminal

  constructor(terminal: Terminal) {
    this.terminal = terminal
  }

  heading(text: string): void {
    this.terminal.out(`\n  ${text}`)
  }

  passed(name: string, remark?: string): void {
    this.passedCount += 1
    this.terminal.out(`  ok    ${name}${remark === undefined ? '' : ` (${remark})`}`)
  }

  failed(name: string, reason: string, hint: string): void {
    this.failedCount += 1
    this.terminal.out(`  FAIL  ${name}\n          ${reason}\n          → ${hint}`)
  }

  async take(
    { name, hint }: Pick<ModelCheck, 'name' | 'hint'>,
    run: () => ReturnType<ModelCheck['run']>,
  ): Promise<void> {
    try {
      this.passed(name, await run())
    } catch (error) {
      this.failed(name, error instanceof Error ? error.message : String(error), hint)
    }
  }
}
