// Maven, where it is on the path: builds and tests a project in Java.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

/** What is shown of a build that failed. */
const ERRORS_MAX = 8
const ERRORS_LENGTH_MAX = 1_500

export interface MavenEnd {
  readonly code: number | null
  readonly output: string
}

/** Why Java cannot be built here; undefined when it can. */
export function missingMaven(): string | undefined {
  const { error, stdout } = spawnSync('mvn', ['--version'], { encoding: 'utf8' })
  if (error !== undefined) return 'no mvn on the path'
  const [, java] = /^Java version: (\d+)/m.exec(stdout) ?? []
  return Number(java) >= 17 ? undefined : `Java 17 is needed; mvn has ${java}`
}

/** Runs `mvn verify` in a folder. */
export async function runMaven(folder: string, environment: Readonly<Record<string, string>>): Promise<MavenEnd> {
  const maven = spawn('mvn', ['-B', '-ntp', 'verify'], { cwd: folder, env: { ...process.env, ...environment } })
  let output = ''
  for (const stream of [maven.stdout, maven.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(maven, 'close')
  return { code, output }
}

/** Fails unless all its tests passed, and there were some; says so when Maven Central does not answer. */
export function requireVerified(t: Test, { code, output }: MavenEnd): void {
  if (code !== 0 && /Could not transfer artifact/.test(output)) {
    t.pass('skipped: Maven Central does not answer', { skip: true })
    return
  }
  if (code !== 0) t.comment(output)
  // In the name, for that is what a summary of failures shows.
  const errors = (output.match(/^\[ERROR\] .*$/gm) ?? []).slice(0, ERRORS_MAX).join(' ')
  t.equal(code, 0, code === 0 ? 'mvn verify passes' : `mvn verify passes: ${errors.slice(0, ERRORS_LENGTH_MAX)}`)
  // The last such line is of all classes together.
  const summary = [...output.matchAll(/^.*Tests run: .*$/gm)].at(-1)?.[0]
  t.match(summary, /Tests run: [1-9]\d*, Failures: 0, Errors: 0, Skipped: 0/)
  t.comment(summary)
}
