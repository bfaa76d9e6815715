// Options of commands, read and refused by name.
import { type Arguments, UsageError } from './command.ts'

export type Values = Arguments['values']

/** Throws UsageError where it is missing or empty. */
export function textOf(values: Values, name: string): string {
  const value = values[name]
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing`)
  return value
}

/** Throws UsageError where it is missing, or no whole number of at least 1. */
export function numberOf(values: Values, name: string): number {
  const text = textOf(values, name)
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new UsageError(`--${name}: expected a whole number from 1, got ${text}`)
  return Number(text)
}

export function optionalNumberOf(values: Values, name: string): number | undefined {
  return values[name] === undefined ? undefined : numberOf(values, name)
}

/** Throws UsageError where it is no number. */
export function optionalFractionOf(values: Values, name: string): number | undefined {
  if (values[name] === undefined) return undefined
  const text = String(values[name])
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new UsageError(`--${name}: expected a number from 0 to 1, got ${text}`)
}

/** Throws UsageError where it is no JSON. */
export function optionalJsonOf(values: Values, name: string, expected = 'JSON'): unknown {
  const text = values[name]
  if (text === undefined) return undefined
  try {
    return JSON.parse(String(text))
  } catch {
    throw new UsageError(`--${name}: expected ${expected}, got ${String(text)}`)
  }
}

/** Throws UsageError where it is no JSON object. */
export function optionalObjectOf(values: Values, name: string): Record<string, unknown> | undefined {
  const expected = 'a JSON object'
  const value = optionalJsonOf(values, name, expected)
  if (value === undefined) return undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new UsageError(`--${name}: expected ${expected}, got ${String(values[name])}`)
}
