// A refusal of Azure, or no answer of it.
import { clipped } from '../../../model/shown.ts'

const MESSAGE_LENGTH_MAX = 1_000
/** Refusals that pass by themselves. 409: another change of the resource is under way. */
const PASSING = [408, 409, 412, 423, 425, 429]
/** The endpoint has just been deleted, with its last deployment. */
const PASSING_CODE = 'ParentResourceNotFound'

export class AzureError extends Error {
  override readonly name = 'AzureError'
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number
  /** The same call may succeed later. */
  readonly mayPass: boolean

  /** code: what Azure calls it. message: in Azure's words. */
  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(oneLine(`${status === 0 ? '' : `HTTP ${status} `}${code}: ${message}`), options)
    this.status = status
    this.mayPass = status === 0 || status >= 500 || PASSING.includes(status) || code === PASSING_CODE
  }
}

/** Of an answer that is no success: ARM's {"error": {"code", "message", "details"}}, a token's {"error", "error_description"}. */
export function azureErrorOf(status: number, body: unknown): AzureError {
  const { error, error_description: description } = (body ?? {}) as { error?: unknown; error_description?: unknown }
  if (typeof error === 'string') return new AzureError(status, error, textOf(description))
  const { code, message, details } = (error ?? {}) as { code?: unknown; message?: unknown; details?: unknown }
  const more = Array.isArray(details) ? details.slice(0, 5).map((each) => textOf(each?.message)) : []
  return new AzureError(status, textOf(code) || 'no code', [textOf(message), ...more].filter(Boolean).join('; '))
}

/** Without control characters, and of a bounded length. */
export function oneLine(text: string, lengthMax = MESSAGE_LENGTH_MAX): string {
  return clipped(text.replace(/\p{Cc}+/gu, ' ').trim(), lengthMax)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
