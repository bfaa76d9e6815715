// Kinds of settings that several rooms have.
import { Type } from '@sinclair/typebox'

/** A whole number, of 1 or more unless told otherwise. */
export const count = (options: { default: number; minimum?: number; maximum?: number; description: string }) =>
  Type.Integer({ minimum: 1, ...options })
