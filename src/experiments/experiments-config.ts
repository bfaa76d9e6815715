// What an operator may set of experiments.
import { count } from '../config-values.ts'

export const experimentsConfig = {
  EXPERIMENT_ROWS_DAYS: count({
    default: 90,
    maximum: 36_500,
    description:
      'How long the predictions of an experiment, and which keys were exposed to which arm, are kept after it was concluded, in days; what was found stays',
  }),
}
