// What an operator may set of the bodies of requests.
import { count } from '../config-values.ts'

export const rowsConfig = {
  BODY_LIMIT_MB: count({
    default: 1024,
    maximum: 65_536,
    description: 'Largest request body, as sent and unpacked, in MiB',
  }),
}
