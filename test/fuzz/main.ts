// npm run test:fuzz: bodies, tensors, gzip, results, Arrow streams, files of rows, uploads, artifacts and spool files that somebody has changed, for as long as told.
// Options: --seconds N (60), --seed N (the time), --only KIND. Prints what became of them; exits 1 with the input of the first finding.
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/learning/random.ts'
import { arrowSamples, fuzzArrow } from './arrow-streams.ts'
import { artifactSamples, fuzzArtifact } from './artifacts.ts'
import { fuzzBody } from './bodies.ts'
import { Finding } from './finding.ts'
import { fuzzGzip } from './gzip-members.ts'
import { fuzzCollisions } from './hash-collisions.ts'
import { fuzzResult } from './large-results.ts'
import { fileSamples, fuzzFile } from './row-files.ts'
import { fuzzSpoolFile, spoolSample } from './spool-files.ts'
import { startTarget } from './target.ts'
import { fuzzTensors, tensorTarget } from './tensor-requests.ts'
import { fuzzUpload } from './uploads.ts'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const SECONDS = Number(options.seconds ?? 60)
const SEED = Number(options.seed ?? Math.floor(Date.now() / 1000))

const target = await startTarget()
const arrow = arrowSamples()
const files = await fileSamples()
const spool = await spoolSample()
const artifacts = await artifactSamples('statistical')
const tensors = await tensorTarget(target.client)
const all: readonly (readonly [what: string, once: (random: Random) => Promise<string>])[] = [
  ['body', (random) => fuzzBody(target, random)],
  ['tensors', (random) => fuzzTensors(tensors, random)],
  ['gzip', (random) => fuzzGzip(target, random)],
  ['large result', (random) => fuzzResult(target, random)],
  ['Arrow stream', (random) => fuzzArrow(arrow, random)],
  ['file of rows', (random) => fuzzFile(files, random)],
  ['upload', (random) => fuzzUpload(target, files, random)],
  ['numbers that collide', (random) => fuzzCollisions(random)],
  ['artifact', (random) => fuzzArtifact(artifacts, random)],
  ['spool file', (random) => fuzzSpoolFile(spool, random)],
]
const kinds = all.filter(([what]) => options.only === undefined || options.only === what)
if (kinds.length === 0) throw new Error(`--only is none of ${all.map(([what]) => what).join(', ')}`)
const counts = new Map<string, number>()
let isSound = true
for (const [stream, [what, once]] of kinds.entries()) {
  const random = new Random(SEED, stream)
  const end = performance.now() + (SECONDS * 1000) / kinds.length
  for (let i = 0; isSound && performance.now() < end; i++) {
    try {
      const outcome = `${what}: ${await once(random)}`
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      // What is synchronous must not keep the timers waiting.
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    } catch (error) {
      if (!(error instanceof Finding)) throw error
      isSound = false
      const path = join(tmpdir(), `ml-worker-finding-${SEED}-${stream}-${i}`)
      await writeFile(path, error.input)
      process.stdout.write(
        `FOUND after ${i} times: ${error.message}\n${(error.cause as Error).stack}\nits input: ${path}\n`,
      )
    }
  }
}
isSound = (await target.isAlive()) && isSound
await target.close()
await spool.remove()
for (const [outcome, count] of [...counts].sort()) process.stdout.write(`${String(count).padStart(7)}  ${outcome}\n`)
process.stdout.write(`seed ${SEED}, ${SECONDS} s: ${isSound ? 'nothing found' : 'found something'}\n`)
process.exit(isSound ? 0 : 1)
