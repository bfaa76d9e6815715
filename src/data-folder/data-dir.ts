// The worker's folder: one worker at a time, and a name that outlives its restarts.
import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { replaceFlushed } from './flushed-files.ts'

export interface DataDir {
  /** The same at every start on this folder. */
  readonly workerId: string
  /** Lets another worker have the folder. */
  release(): Promise<void>
}

/** The folder is another worker's. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError'
}

/** Longest path of a Unix socket that every system takes. */
const SOCKET_PATH_MAX = 100
/** Longer than another worker takes from its look at a socket that was left behind to its own. */
const TAKEOVER_MS = 100

/**
 * Makes the folder where it is missing and claims it until it is released or the process ends: two workers on one spool
 * would train everything twice. Throws DataDirInUseError when another worker has it.
 */
export async function claimDataDir(folder: string): Promise<DataDir> {
  await makeFolder(resolve(folder))
  const socket = openSocketPath(resolve(folder))
  const server = await listenAlone(socket.path, folder).catch((error) => {
    socket.close()
    throw error
  })
  const idPath = join(folder, 'worker-id')
  let workerId = await readFile(idPath, 'utf8').catch(() => '')
  if (!/^[0-9a-f-]{36}$/.test(workerId)) {
    workerId = randomUUID()
    await replaceFlushed(idPath, [Buffer.from(workerId)])
  }
  const release = async (): Promise<void> => {
    await new Promise<void>((done) => server.close(() => done()))
    socket.close()
  }
  return { workerId, release }
}

/** Those above as usual; in this one rows lie in the clear. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT') throw error
    await mkdir(dirname(folder), { recursive: true })
    await makeFolder(folder)
  }
}

/** The claim is a socket that only a living process can listen on. */
async function listenAlone(path: string, folder: string): Promise<Server> {
  const inUse = new DataDirInUseError(`DATA_DIR ${folder} is in use by another worker`)
  const claimed = await listen(path)
  if (claimed !== undefined) return claimed
  if (await isAnswered(path)) throw inUse
  // It was left behind by a process that was killed.
  await rm(path, { force: true })
  const server = await listen(path)
  if (server === undefined) throw inUse
  // Another that found it in the same moment may have removed ours: of several the last one has the folder.
  const own = await inodeOf(path)
  await pause(TAKEOVER_MS)
  if (own !== undefined && (await inodeOf(path)) === own) return server
  // Not closed: that would remove the socket that is there now.
  throw inUse
}

/** Undefined when nothing is there. */
async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino
}

/** Undefined when the path is there already. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(undefined) : fail(error),
    )
    server.listen(path, () => {
      try {
        chmodSync(path, 0o600)
      } catch {
        // Its folder keeps others out already; and another worker may have removed it in this moment.
      }
      done(server.unref())
    })
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path)
    const answer = (isAlive: boolean): void => {
      socket.destroy()
      done(isAlive)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

/** Where the socket lies, and what lets go of it. In the folder where that can be: other users can lay files elsewhere. */
function openSocketPath(folder: string): { readonly path: string; close(): void } {
  const path = join(folder, 'worker.sock')
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return { path, close: () => {} }
  if (existsSync('/proc/self/fd')) {
    // The folder by a short name, which is good while it is open.
    const descriptor = openSync(folder, 'r')
    return { path: `/proc/self/fd/${descriptor}/worker.sock`, close: () => closeSync(descriptor) }
  }
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return { path: join(tmpdir(), `ml-worker-${name}.sock`), close: () => {} }
}
