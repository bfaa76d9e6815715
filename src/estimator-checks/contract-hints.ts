// What to do about an estimator that breaks a rule of the contract suite, by the name of the check.

const PARAMETERS = 'declare them in a static `parameters` and read them with readParameters, which names every fault'
const EDGES = 'fit what can be fitted; throw a DataError that says what is wrong with the rows otherwise'
const RANGE = 'an estimator that learns only some numbers declares them: targetRange = { min: 0 }'
const INPUT = 'copy what is kept: arrays that come in belong to the caller, and so do those that go out'
const ORDER = 'sums must not depend on the order; or the trait is not promised by this method'
const WEIGHTS = 'multiply by sampleWeight wherever rows are counted or summed'
const STATE = 'toState gives plain data with everything that predict uses; restore builds an equal thing of it'
const REFUSAL = 'restore checks each member (type, length, range) and throws a StateError for what it did not write'
const STOP = 'call context.stop.throwIfSet() and await turn() at least every 50 ms of the fit'

const HINTS: Readonly<Record<string, string>> = {
  'the defaults pass': PARAMETERS,
  'an unknown parameter is refused by name': PARAMETERS,
  'a parameter out of range is refused by name, every one': PARAMETERS,
  'all faults are named at once': PARAMETERS,
  'predictions are finite and of the right shape, far from the fitted rows too':
    'one value for each row, or rows × classes probabilities; look at divisions by zero and at overflow',
  'a row alone is predicted as among others': 'predict each row by itself, from what was fitted alone',
  'predicting on a team equals predicting alone': 'give each member of the team its own rows, and no sums across them',
  'refuses rows with another number of columns': 'begin predict with requireColumnCount(this.columnCount, x)',
  'sparse columns count as the same dense ones':
    'their index is behind that of all dense columns, in the fit and in predictions',
  'importances are positive and sum to 1, or all are 0': 'divide featureImportances by their sum',
  'the unfitted cannot predict': 'predict belongs to the class that fit gives, not to the estimator',
  'fit and predict leave their input alone': INPUT,
  'a fitted estimator does not change when its input or its output is written to': INPUT,
  'takes columns in shared memory':
    'TextDecoder, Buffer and some packages refuse shared memory: copy the column for them',
  'refitting forgets': 'fit makes a new fitted object and leaves nothing in the estimator',
  'a seed gives the same model again, and null takes the seed of the fit':
    'draw from new Random(random_state ?? context.seed), never from Math.random',
  'one, two and three threads give the same bytes': 'divide the work in the same parts for any number of threads',
  'rows in another order give the same predictions': ORDER,
  'columns in another order give the same predictions and importances': ORDER,
  'all weights times a constant change nothing': WEIGHTS,
  'equal weights change nothing': WEIGHTS,
  'integer weights count as repeated rows': WEIGHTS,
  'rows of weight zero count as absent': WEIGHTS,
  'bears one row, or refuses it in words': EDGES,
  'bears two equal rows, or refuses them in words': EDGES,
  'one class is predicted with probability 1': EDGES,
  'bears a class without rows': EDGES,
  'bears a target that is constant': `${EDGES}; ${RANGE}`,
  'bears constant columns': EDGES,
  'bears missing values, or refuses them in words': `${EDGES}; or say so in abilities`,
  'bears 1,000 columns': EDGES,
  'bears zero columns, or refuses them in words': EDGES,
  'refuses zero rows in words': EDGES,
  'bears extreme values, or refuses them in words': EDGES,
  'bears extreme targets, or refuses them in words': EDGES,
  'bears weights that are zero for all rows but one, or refuses them in words': EDGES,
  'bears many categories': EDGES,
  'a state is plain data': STATE,
  'a restored state predicts the same and writes the same': STATE,
  'a restored model does not depend on the parameters of the estimator that restores it':
    'write into the state what predict uses of the parameters',
  'a state of another kind of estimator is refused': REFUSAL,
  'a hostile state is refused with StateError, or predicts in the right shape': REFUSAL,
  'progress grows to its end': 'call context.report(done, of, step) with a growing done, and at last with done = of',
  'a fit whose stop flag is set ends with FitStopped': STOP,
  'a long fit ends soon after another thread asks it to': STOP,
}

export function contractHint(check: string): string {
  return HINTS[check] ?? 'docs/model-developers.md says what an estimator promises'
}
