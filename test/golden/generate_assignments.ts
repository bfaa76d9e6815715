// Writes assignments.json: which buckets, ranges and arms the GrowthBook SDK gives.
// npm install @growthbook/growthbook@1.8.0 somewhere; GROWTHBOOK names its folder; run with: node test/golden/generate_assignments.ts
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Util {
  hash(seed: string, value: string, version: number): number
  getBucketRanges(count: number, coverage: number, weights: number[]): [number, number][]
  chooseVariation(bucket: number, ranges: [number, number][]): number
}

const folder = process.env['GROWTHBOOK'] ?? 'node_modules/@growthbook/growthbook'
const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
const { default: sdk } = (await import(pathToFileURL(join(folder, 'dist/cjs/util.js')).href)) as { default: Util }

const SEED = 'exp-2026-01'
const KEYS = [
  ...['user-1', 'user-2', 'user-3', 'user-4', 'user-5', '42', '0', 'a', 'A', 'order:000123'],
  ...['f47ac10b-58cc-4372-a567-0e02b2c3d479', 'someone@example.org', ' leading-space', 'trailing-space '],
  ...['with\nnewline', 'x'.repeat(300), 'Müller', 'naïve-ключ', '日本語', 'emoji-😀'],
]
const VECTORS = [
  ['seed', 'a'],
  ['seed', 'b'],
  ['foo', 'ab'],
  ['foo', 'def'],
  ['89123klj', '8952klfjas09ujkasdf'],
  ['90850943850283058242805', '123'],
  ['()**(%$##$%#$#', '___)((*":&'],
] as const
const SPLITS = [
  { coverage: 1, weights: [0.5, 0.5] },
  { coverage: 0.5, weights: [0.5, 0.5] },
  { coverage: 0.2, weights: [0.5, 0.5] },
  { coverage: 1, weights: [0.9, 0.1] },
  { coverage: 1, weights: [0.25, 0.25, 0.25, 0.25] },
  { coverage: 1, weights: [0.4, 0.6] },
  { coverage: 0.2, weights: [0.2, 0.3, 0.5] },
]

const keys = KEYS.map((key) => ({ key, bucket: sdk.hash(SEED, key, 2) }))
const splits = SPLITS.map(({ coverage, weights }) => {
  const ranges = sdk.getBucketRanges(weights.length, coverage, weights)
  const arms = keys.map(({ bucket }) => sdk.chooseVariation(bucket, ranges))
  return { shares: weights.map((weight) => coverage * weight), ranges, arms }
})
const hashes = VECTORS.map(([seed, value]) => ({ seed, value, hash: sdk.hash(seed, value, 2) }))
const source = `@growthbook/growthbook ${version}: hash(seed, key, 2), getBucketRanges, chooseVariation; -1: no arm`
const written = { source, seed: SEED, keys, hashes, splits }
await writeFile(new URL('assignments.json', import.meta.url), `${JSON.stringify(written)}\n`)
