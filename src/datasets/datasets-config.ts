// What an operator may set of data sets.
import { count } from '../config-values.ts'

export const datasetsConfig = {
  DATASET_DAYS: count({
    default: 0,
    minimum: 0,
    maximum: 36_500,
    description:
      'How long the content of data sets is kept, in days from their upload; those that runs were trained from stay. 0: until somebody deletes it',
  }),
}
