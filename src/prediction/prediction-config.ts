// What an operator may set of predictions.
import { count } from '../config-values.ts'

export const predictionConfig = {
  PREDICT_CACHE_MB: count({ default: 512, description: 'Decoded pipelines kept in memory, in MiB' }),
  PREDICT_TIMEOUT_SECONDS: count({
    default: 30,
    maximum: 3600,
    description: 'Longest prediction; beyond it the answer is 408',
  }),
}
