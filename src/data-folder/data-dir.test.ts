import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { claimDataDir, DataDirInUseError } from './data-dir.ts'

t.test('makes the folder, and gives it one name for good', async (t) => {
  const folder = join(t.testdir(), 'deep/er')
  const first = await claimDataDir(folder)
  t.ok((await stat(folder)).isDirectory())
  t.match(first.workerId, /^[0-9a-f-]{36}$/)
  await first.release()
  const second = await claimDataDir(folder)
  t.equal(second.workerId, first.workerId)
  await second.release()
  const other = await claimDataDir(t.testdir())
  t.not(other.workerId, first.workerId)
  await other.release()
})

t.test('a folder is one worker’s until it is released', async (t) => {
  const folder = t.testdir()
  const first = await claimDataDir(folder)
  await t.rejects(claimDataDir(folder), new DataDirInUseError(`DATA_DIR ${folder} is in use by another worker`))
  await t.rejects(claimDataDir(`${folder}/.`), DataDirInUseError, 'by whatever name')
  await first.release()
  await (await claimDataDir(folder)).release()
})

/** Claims the folder in a process that is killed then. */
async function claimAndDie(t: Test, folder: string): Promise<void> {
  const script = `import { claimDataDir } from ${JSON.stringify(join(import.meta.dirname, 'data-dir.ts'))}
    await claimDataDir(process.argv[1])
    console.log('claimed')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await t.rejects(claimDataDir(folder), DataDirInUseError, 'while it lives')
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

t.test('a worker that was killed leaves the folder free', async (t) => {
  const folder = t.testdir()
  await claimAndDie(t, folder)
  await (await claimDataDir(folder)).release()
})

t.test('of several that find it free in the same moment one has it', async (t) => {
  const folder = t.testdir()
  await claimAndDie(t, folder)
  const claims = await Promise.allSettled(Array.from({ length: 6 }, () => claimDataDir(folder)))
  const had = claims.filter((claim) => claim.status === 'fulfilled')
  t.equal(had.length, 1)
  for (const claim of claims) if (claim.status === 'rejected') t.type(claim.reason, DataDirInUseError)
  await t.rejects(claimDataDir(folder), DataDirInUseError)
  await had[0]?.value.release()
})

const isLinux = process.platform === 'linux'
t.test('the claim on a folder with a long path lies in it, where nobody else can', { skip: !isLinux }, async (t) => {
  const folder = join(t.testdir(), 'long'.repeat(25), 'longer'.repeat(15))
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const squatter = createServer().listen(join(tmpdir(), `ml-worker-${name}.sock`))
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  const descriptors = async () => (await readdir('/proc/self/fd')).length
  const before = await descriptors()
  const first = await claimDataDir(folder)
  t.equal((await stat(join(folder, 'worker.sock'))).mode & 0o777, 0o600)
  await t.rejects(claimDataDir(folder), DataDirInUseError)
  await first.release()
  t.notOk((await readdir(folder)).includes('worker.sock'))
  t.equal(await descriptors(), before, 'nothing is left open')
  await claimAndDie(t, folder)
  await (await claimDataDir(folder)).release()
})

t.test('a name that is torn is replaced', async (t) => {
  const folder = t.testdir({ 'worker-id': 'half a na' })
  const { workerId, release } = await claimDataDir(folder)
  t.match(workerId, /^[0-9a-f-]{36}$/)
  t.equal(await readFile(join(folder, 'worker-id'), 'utf8'), workerId)
  await release()
})

t.test('a folder whose path is longer than that of a socket may be works as well', async (t) => {
  const folder = join(t.testdir(), 'x'.repeat(120))
  const first = await claimDataDir(folder)
  await t.rejects(claimDataDir(folder), DataDirInUseError)
  await first.release()
  await (await claimDataDir(folder)).release()
})

t.test('a path that cannot be a folder is an error of the system, not another worker', async (t) => {
  const file = join(t.testdir(), 'file')
  await writeFile(file, '')
  await t.rejects(claimDataDir(join(file, 'data')), { code: 'ENOTDIR' })
})
