// What an operator may set of data sets.
import { count } from '../config-values.ts'

export const datasetsConfig = {
  MAX_UPLOAD_SIZE_MB: count({
    default: 200,
    maximum: 65_536,
    description: 'Largest data set, as sent and unpacked, in MiB',
  }),
  URL_EXPIRE_SECONDS: count({
    default: 3600,
    maximum: 604_800,
    description: 'How long the URLs can be used that callers get for the storage, in seconds',
  }),
}
