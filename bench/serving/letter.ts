// letter.csv as rows of a request, shuffled by a seed: 16,000 to train on, 4,000 to ask.
import { readFileSync } from 'node:fs'
import { Random } from '../../src/learning/random.ts'

export type JsonRow = Readonly<Record<string, string | number>>

const LABEL = 'lettr'
const TRAIN_ROWS = 16_000

export interface Letter {
  readonly features: readonly JsonRow[]
  /** The letter, or for regression its place in the alphabet. */
  readonly letters: readonly JsonRow[]
  readonly places: readonly JsonRow[]
  readonly asked: readonly JsonRow[]
}

export function readLetter(): Letter {
  const text = readFileSync(new URL('../../examples/data/letter.csv', import.meta.url), 'utf8').trim()
  const [head, ...lines] = text.split('\n').map((line) => line.trim().replaceAll('"', '').split(','))
  const names = head as string[]
  const rows = lines.map((cells) => ({
    letter: cells[names.indexOf(LABEL)] as string,
    features: Object.fromEntries(
      names.flatMap((name, j) => (name === LABEL ? [] : [[name, Number(cells[j])] as const])),
    ),
  }))
  const random = new Random(7)
  for (let i = rows.length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    const row = rows[i] as (typeof rows)[number]
    rows[i] = rows[j] as (typeof rows)[number]
    rows[j] = row
  }
  const train = rows.slice(0, TRAIN_ROWS)
  return {
    features: train.map((row) => row.features),
    letters: train.map((row) => ({ [LABEL]: row.letter })),
    places: train.map((row) => ({ place: row.letter.charCodeAt(0) - 65 })),
    asked: rows.slice(TRAIN_ROWS).map((row) => row.features),
  }
}
