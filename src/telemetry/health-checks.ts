// What must hold for the worker to take work, each looked at by itself.

/** One thing that must hold. Returns what it found; throws with the reason when it does not hold. */
export type HealthCheck = () => Promise<string> | string

export interface CheckResult {
  readonly ok: boolean
  readonly detail: string
}

export interface HealthReport {
  readonly isOk: boolean
  readonly results: Readonly<Record<string, CheckResult>>
}

const CHECK_TIMEOUT_MS = 2_000

export class HealthChecks {
  private readonly checks = new Map<string, HealthCheck>()

  /** Throws when another check has one of these names. */
  add(checks: Readonly<Record<string, HealthCheck>>): void {
    for (const [name, check] of Object.entries(checks)) {
      if (this.checks.has(name)) throw new Error(`two checks of health have the name "${name}"`)
      this.checks.set(name, check)
    }
  }

  /** Runs all of them at once; one that gives no answer within two seconds does not hold. */
  async look(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await resultOf(check)] as const),
    )
    return { isOk: results.every(([, { ok }]) => ok), results: Object.fromEntries(results) }
  }
}

async function resultOf(check: HealthCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1000} s`)), CHECK_TIMEOUT_MS)
  })
  try {
    return { ok: true, detail: await Promise.race([Promise.try(check), timeout]) }
  } catch (error) {
    return { ok: false, detail: describeError(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** An AggregateError, as a refused connection to several addresses is, has an empty message. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ')
  return error instanceof Error ? error.message : String(error)
}
