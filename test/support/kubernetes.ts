// The API server of Kubernetes, as fabric8's mock keeps its objects, in a process of Java.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { missingMaven } from './maven.ts'

const PROJECT = join(import.meta.dirname, '../kubernetes')
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/kubernetes-mock')
const FABRIC8 = '7.6.1'
const CLASS_PATH_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath'
/** The first time Maven loads some dozen megabytes. */
const LOAD_TIMEOUT_MS = 300_000

export interface Kubernetes {
  readonly url: string
  /** As a controller would: calls the API, and gives the body of its answer. Throws unless it succeeds. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of many kinds
  call(method: string, path: string, body?: object): Promise<any>
}

/** Says why not where there is no Maven, or Maven Central does not answer. */
export async function startKubernetes(t: Test): Promise<Kubernetes | { readonly skip: string }> {
  const loaded = missingMaven() ?? (await load())
  if (typeof loaded === 'string') return { skip: loaded }
  const program = join(PROJECT, 'MockApiServer.java')
  const child = spawn('java', ['-Xmx128m', '-cp', loaded.classPath, program], { stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, port] = /^listening on (\d+)$/.exec(line) ?? []
      if (port !== undefined) resolve(port)
    })
    void exited.then(([code]) => reject(new Error(`the mock of Kubernetes ended with ${code}`)))
  })
  listening.catch(() => {})
  const url = `http://127.0.0.1:${await listening}`
  return {
    url,
    async call(method, path, body) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const init = body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) }
      const answer = await fetch(url + path, { method, ...init })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return answer.json()
    },
  }
}

/** Why not, where its packages are not there and cannot be had. */
async function load(): Promise<{ readonly classPath: string } | string> {
  const file = join(CACHE, `classpath-${FABRIC8}`)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return { classPath: kept }
  await mkdir(CACHE, { recursive: true })
  const options = [`-Dmdep.outputFile=${file}`, `-Dfabric8.version=${FABRIC8}`]
  try {
    await promisify(execFile)('mvn', ['-B', '-ntp', '-q', CLASS_PATH_GOAL, ...options], {
      cwd: PROJECT,
      timeout: LOAD_TIMEOUT_MS,
    })
    return { classPath: await readFile(file, 'utf8') }
  } catch (error) {
    const { stdout = '', message } = error as { stdout?: string; message: string }
    if (/Could not transfer|Could not resolve|Unknown host/.test(stdout)) return 'Maven Central does not answer'
    throw new Error(`the mock of Kubernetes could not be loaded: ${stdout || message}`)
  }
}
