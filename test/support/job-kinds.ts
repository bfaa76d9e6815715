// Jobs for tests, and times in which they are looked for soon.
import { Type } from '@sinclair/typebox'

export const QUICK = { heartbeatSeconds: 10, monitorSeconds: 1, pollSeconds: 0.5, lookSeconds: 1 }

export const DELIVERY = {
  name: 'test-delivery',
  data: Type.Object({ to: Type.String() }),
  retries: 2,
  retryDelaySeconds: 1,
  retryDelaySecondsMax: 1,
}
