// What an operator may set of projects.
import { Type } from '@sinclair/typebox'

export const projectsConfig = {
  REVIEW_SELF: Type.Unsafe<string>({
    type: 'string',
    enum: ['refuse', 'allow'],
    default: 'refuse',
    description:
      'refuse: who asked for a version, or for its review, neither approves nor rejects it; allow: one person may do both',
  }),
}
