import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import { artifactSamples, fuzzArtifact } from './artifacts.ts'
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

t.test('a spool file that somebody has changed is refused, or read', async (t) => {
  const sample = await spoolSample()
  t.teardown(() => sample.remove())
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 1500; i++) outcomes.add(await fuzzSpoolFile(sample, random))
  t.same([...outcomes].sort(), ['read', 'refused by its head', 'refused in whole'])
})
