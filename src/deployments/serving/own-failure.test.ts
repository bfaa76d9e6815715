import t from 'tap'
import { ServiceError } from '../../errors.ts'
import { faultOf } from './own-failure.ts'

t.test('a failure is the version’s own where another version would not have had it', async (t) => {
  t.equal(faultOf(new TypeError('a bug')), 'version')
  for (const code of [
    'INTERNAL',
    'PREDICTION_TIMED_OUT',
    'ARTIFACT_UNUSABLE',
    'RUN_FAILED',
    'RUN_NOT_READY',
  ] as const) {
    t.equal(faultOf(new ServiceError(code, '')), 'version', code)
  }
  for (const code of ['REQUEST_INVALID', 'BODY_MALFORMED', 'BODY_TOO_LARGE', 'EXPLANATION_UNAVAILABLE'] as const) {
    t.equal(faultOf(new ServiceError(code, '')), 'caller', code)
  }
  for (const code of ['OVERLOADED', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const) {
    t.equal(faultOf(new ServiceError(code, '')), 'worker', code)
  }
})
