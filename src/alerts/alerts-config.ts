// What an operator may set of alerts.
import { count } from '../config-values.ts'

export const alertsConfig = {
  ALERTS_DAYS: count({
    default: 400,
    maximum: 36_500,
    description:
      'How long resolved alerts with their history, and the windows that alerts were judged by, are kept, in days',
  }),
}
