// What an operator may set of the door: who is let in, and how much of each caller.
import { Type } from '@sinclair/typebox'

export const httpConfig = {
  ACCESS: Type.Unsafe<string>({
    type: 'string',
    enum: ['open'],
    default: 'open',
    description: 'open: callers are not asked who they are',
  }),
}
