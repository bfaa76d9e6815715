import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import { arrowSamples, fuzzArrow } from './arrow-streams.ts'
import { artifactSamples, fuzzArtifact } from './artifacts.ts'
import { fuzzCollisions } from './hash-collisions.ts'
import { fileSamples, fuzzFile } from './row-files.ts'
import { fuzzSpoolFile, spoolSample } from './spool-files.ts'

t.test('an artifact that somebody has changed is refused, or predicts', async (t) => {
  const samples = await artifactSamples('statistical')
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 4000; i++) outcomes.add(await fuzzArtifact(samples, random))
  t.same(
    ['predicts', 'refused: corrupt', 'refused: state'].filter((outcome) => !outcomes.has(outcome)),
    [],
  )
})

t.test('an Arrow stream whose messages somebody has changed is refused, or read, in a bounded memory', async (t) => {
  const samples = arrowSamples()
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 3000; i++) outcomes.add(await fuzzArrow(samples, random))
  t.same(
    ['read', 'refused: BODY_MALFORMED'].filter((outcome) => !outcomes.has(outcome)),
    [],
  )
})

t.test('numbers that are chosen to collide do so no more than others', async (t) => {
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 40; i++) outcomes.add(await fuzzCollisions(random))
  t.equal(outcomes.size, 5)
})

t.test('a spool file that somebody has changed is refused, or read', async (t) => {
  const sample = await spoolSample()
  t.teardown(() => sample.remove())
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 1500; i++) outcomes.add(await fuzzSpoolFile(sample, random))
  t.same([...outcomes].sort(), ['read', 'refused by its head', 'refused in whole'])
})

t.test('a file of rows that somebody has changed is read or refused, whatever its form', async (t) => {
  const samples = await fileSamples()
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 1500; i++) outcomes.add(await fuzzFile(samples, random))
  for (const form of ['csv', 'arrow', 'parquet', 'xlsx']) {
    t.ok(outcomes.has(`${form} read`), `${form} read`)
    t.ok(outcomes.has(`${form} BODY_MALFORMED`), `${form} refused`)
  }
})
