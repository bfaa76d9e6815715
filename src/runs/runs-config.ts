// What an operator may set of what is kept of runs.
import { count } from '../config-values.ts'

export const runsConfig = {
  RUN_RECORDS_DAYS: count({
    default: 90,
    maximum: 36_500,
    description: 'How long the schema ml_worker keeps the records and logs of ended runs, in days',
  }),
}
