// Experiments as they are said on the command line, and their results as it shows them.
import { UsageError } from './command.ts'
import { textTable } from './text-table.ts'

interface Evidence {
  readonly ln_e?: number
  readonly threshold: number
}

export interface Results {
  readonly summary: string
  readonly looked_at: string
  readonly arms: readonly {
    readonly arm: string
    readonly version: number
    readonly units: number
    readonly labelled: number
    readonly failed: number
    readonly accuracy?: number
    readonly f1_macro?: number
    readonly mean_absolute_error?: number
    readonly mean_squared_error?: number
    readonly p95_ms?: number
  }[]
  readonly metrics: readonly (Evidence & {
    readonly metric: string
    readonly arm: string
    readonly state: string
    readonly difference?: number
    readonly interval?: { readonly low: number; readonly high?: number }
    readonly verdict?: string
  })[]
  readonly guardrails: readonly (Evidence & {
    readonly metric: string
    readonly arm: string
    readonly control: number
    readonly treatment: number
    readonly is_broken: boolean
  })[]
  readonly warnings: readonly { readonly code: string; readonly detail: string }[]
}

const ARM = /^([^=]+)=([0-9]{1,9}):([0-9.]+)$/
const METRICS = ['accuracy', 'f1_macro', 'mean_absolute_error', 'mean_squared_error'] as const

/** Out of NAME=VERSION:SHARE. Throws UsageError. */
export function armsOf(given: readonly string[]): { name: string; version: number; share: number }[] {
  return given.map((text) => {
    const [, name, version, share] = ARM.exec(text) ?? []
    if (name === undefined || !(Number(share) >= 0)) {
      throw new UsageError(`--arm: expected NAME=VERSION:SHARE, such as b=2:0.5, got ${text}`)
    }
    return { name, version: Number(version), share: Number(share) }
  })
}

export function nameOfExperiment({ id, name }: { readonly id: number; readonly name: string }): string {
  return `experiment ${id}, ${name},`
}

/** The sentence, the arms, what was compared, and every warning. */
export function resultsText({ summary, looked_at: at, arms, metrics, guardrails, warnings }: Results): string {
  const told = METRICS.filter((metric) => arms.some((arm) => arm[metric] !== undefined))
  const heads = ['arm', 'version', 'keys', 'with outcomes', 'failed', ...told, 'p95 ms']
  const lines = arms.map((arm) => {
    const counts = [arm.version, arm.units, arm.labelled, arm.failed].map(String)
    return [arm.arm, ...counts, ...told.map((metric) => rounded(arm[metric])), rounded(arm.p95_ms)]
  })
  const compared = metrics.map((each) => {
    const { low, high } = each.interval ?? {}
    const interval = low === undefined ? '' : `${rounded(low)} to ${high === undefined ? 'any' : rounded(high)}`
    const word = each.verdict ?? (each.state === 'ok' ? '' : each.state.replaceAll('_', ' '))
    return [each.metric, each.arm, rounded(each.difference), interval, evidenceOf(each), word]
  })
  const guarded = guardrails.map((each) => {
    const counts = `${each.treatment} against ${each.control}`
    return [each.metric, each.arm, counts, '', evidenceOf(each), each.is_broken ? 'broken' : '']
  })
  const comparison = textTable(
    [['metric', 'arm', 'difference', 'interval', 'evidence', ''], ...compared, ...guarded],
    false,
  )
  const words = warnings.map(({ code, detail }) => `warning: ${code}: ${detail}`)
  return [summary, '', textTable([heads, ...lines]), '', comparison, ...words, `looked at ${at}`].join('\n')
}

function evidenceOf({ ln_e: lnE, threshold }: Evidence): string {
  return lnE === undefined ? '' : `${rounded(Math.exp(Math.min(lnE, 30)))} of ${rounded(threshold)}`
}

function rounded(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(4)))
}
