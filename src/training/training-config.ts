// What an operator may set of trainings.
import { availableParallelism } from 'node:os'
import { Type } from '@sinclair/typebox'
import { count } from '../config-values.ts'

export const trainingConfig = {
  NOTIFY_CHANNEL: Type.String({
    default: '',
    pattern: '^[a-z_][a-z0-9_]{0,62}$|^$',
    description: 'Channel of PostgreSQL (LISTEN) on which the end of each run is told. Empty: none',
  }),
  TRAIN_QUEUE_LIMIT: count({
    default: 100,
    maximum: 100_000,
    description: 'Trainings that may wait, the running one included',
  }),
  TRAIN_TIMEOUT_SECONDS: count({
    default: 3600,
    maximum: 2_000_000,
    description: 'Longest training; beyond it the run fails',
  }),
  TRAIN_MEMORY_MB: count({
    default: 4096,
    minimum: 256,
    description: 'Resident memory of a training, in MiB; beyond it the run fails',
  }),
  TRAIN_THREADS: count({
    default: availableParallelism(),
    maximum: 64,
    description: 'Threads of one training. Default: the processors',
  }),
  RECOVERY_GRACE_SECONDS: count({
    default: 30,
    maximum: 86_400,
    description: 'How long a run may be RUNNING without a worker before another worker ends it as FAILED',
  }),
}
