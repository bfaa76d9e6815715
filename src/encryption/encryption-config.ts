// What an operator may set of encryption at rest.
import { Type } from '@sinclair/typebox'

export const encryptionConfig = {
  ENCRYPTION_KEY_FILE: Type.String({
    default: '',
    description:
      'Files with the keys that encrypt what is stored, with commas between: the first encrypts, all decrypt. Empty: nothing is encrypted',
  }),
}
