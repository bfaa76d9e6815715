// Real servers of each kind of store, unmodified, on a free port: moto (S3), Azurite (Azure), fake-gcs-server (GCS).
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from '../../src/database/free-port.ts'
import { pythonWith } from './python.ts'
import { until } from './until.ts'

const MOTO = 'moto[server]==5.2.5'
const AZURITE = 'azurite@3.37.0'
const AZURITE_FOLDER = join(import.meta.dirname, '../../node_modules/.cache/azurite')
/** Azurite's own, which is published. */
export const AZURITE_ACCOUNT = {
  account: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
} as const
const INSTALL_TIMEOUT_MS = 300_000

/** Where it listens, or why there is none. */
export type StorageServer = { readonly url: string } | { readonly skip: string }

/** moto looks for an object and puts it in two steps: two puts at once would both be the first. So one request at a time. */
const MOTO_PROGRAM = `
import sys, threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
app, lock = DomainDispatcherApplication(create_backend_app), threading.Lock()
def one_at_a_time(environ, start_response):
    with lock:
        return list(app(environ, start_response))
run_simple('127.0.0.1', int(sys.argv[1]), one_at_a_time, threaded=True)
`

/** Takes any signature. */
export async function startMoto(t: Test): Promise<StorageServer> {
  const found = await pythonWith([MOTO])
  if ('skip' in found) return found
  return listening(t, (port) => [found.python, '-c', MOTO_PROGRAM, port])
}

/** Keeps to signatures. Its account is that of every emulator of Azure's. */
export async function startAzurite(t: Test): Promise<StorageServer> {
  const main = join(AZURITE_FOLDER, 'node_modules/azurite/dist/src/blob/main.js')
  const isWhole = join(AZURITE_FOLDER, AZURITE.replace('@', '-'))
  try {
    await access(isWhole)
  } catch {
    await mkdir(AZURITE_FOLDER, { recursive: true })
    const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', AZURITE_FOLDER, AZURITE]
    const installed = await promisify(execFile)('npm', install, { timeout: INSTALL_TIMEOUT_MS }).catch(
      (error: { stderr?: string; message: string }) => ({ skip: (error.stderr || error.message).slice(0, 300) }),
    )
    if ('skip' in installed) return { skip: `${AZURITE} could not be installed: ${installed.skip}` }
    await writeFile(isWhole, '')
  }
  const options = ['--blobHost', '127.0.0.1', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck']
  return listening(t, (port) => [process.execPath, main, ...options, '--blobPort', port])
}

/** Looks at no signature. program: of FAKE_GCS_SERVER, or the one on the path. */
export async function startFakeGcs(t: Test): Promise<StorageServer> {
  const program = process.env['FAKE_GCS_SERVER'] ?? 'fake-gcs-server'
  if (spawnSync(program, ['-help']).error !== undefined) {
    return { skip: 'no fake-gcs-server on the path, and none in FAKE_GCS_SERVER' }
  }
  return listening(t, (port) => {
    const options = ['-scheme', 'http', '-host', '127.0.0.1', '-backend', 'memory', '-log-level', 'error']
    return [
      program,
      ...options,
      '-port',
      port,
      '-public-host',
      `127.0.0.1:${port}`,
      '-external-url',
      `http://127.0.0.1:${port}`,
    ]
  })
}

async function listening(t: Test, commandOf: (port: string) => string[]): Promise<{ readonly url: string }> {
  const port = await freePort()
  const [program = '', ...args] = commandOf(String(port))
  const child = spawn(program, args, { stdio: 'ignore' })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const url = `http://127.0.0.1:${port}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    return fetch(url).then(
      () => true,
      () => false,
    )
  })
  return { url }
}
