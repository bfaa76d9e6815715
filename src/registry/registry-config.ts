// What an operator may set of models.
import { Type } from '@sinclair/typebox'

export const registryConfig = {
  MODELS_DIR: Type.String({ default: 'statistical', minLength: 1, description: 'Folder of the model classes' }),
}
