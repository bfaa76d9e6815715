// Seeded random bodies of training requests, good and bad, and the naive way to read their rows.
import type { Random } from '../../src/learning/random.ts'
import type { Fault } from '../../src/model/faults.ts'
import { type Column, compareLevels, type Level } from '../../src/model/table.ts'

/** A list of rows by the objects of JSON.parse: what every faster way must agree with. Columns are in no order. */
export function naiveRows(rows: readonly unknown[], place: 'features' | 'labels') {
  const faults: Fault[] = []
  const cells = new Map<string, (Level | undefined)[]>()
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      faults.push({ in: place, row: i, detail: `expected an object of values by column name, got ${nameOf(row)}` })
      return
    }
    for (const [column, value] of Object.entries(row)) {
      const notText = { in: place, row: i, column, detail: 'expected Unicode text, got half a surrogate pair' }
      if (!cells.has(column) && /\p{Surrogate}/u.test(column)) faults.push(notText)
      if (!cells.has(column)) cells.set(column, Array(rows.length).fill(undefined))
      const of = cells.get(column) as unknown[]
      if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) faults.push(notText)
      else if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) of[i] = value
      else if (typeof value === 'number') {
        faults.push({ in: place, row: i, column, detail: `expected a finite number, got ${value}` })
      } else if (value !== null) {
        const detail = `expected a number, a string, a boolean or null, got ${nameOf(value)}`
        faults.push({ in: place, row: i, column, detail })
      }
    }
  })
  return { rowCount: rows.length, columns: [...cells].map(([name, values]) => naiveColumn(name, values)), faults }
}

function naiveColumn(name: string, values: readonly (Level | undefined)[]): Column {
  const present = values.filter((value) => value !== undefined)
  if (present.every((value) => typeof value === 'number')) {
    return { kind: 'numeric', name, values: Float64Array.from(values, (value) => (value ?? Number.NaN) as number) }
  }
  const levels = [...new Set(present)].sort(compareLevels)
  const codes = Int32Array.from(values, (value) => levels.indexOf(value as Level))
  return { kind: 'categorical', name, codes, levels }
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** A body of up to some ten rows. Most are good, some have faults, some are not JSON or not UTF-8. */
export function randomBody(random: Random): Buffer {
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)] as T
  const chance = (percent: number): boolean => random.integer(100) < percent
  const space = (): string => (chance(90) ? '' : pick([' ', '\n', '\t', '\r\n', '  ']))
  const many = (max: number, make: () => string): string =>
    Array.from({ length: random.integer(max + 1) }, () => space() + make() + space()).join(',')
  const digits = (max: number): string =>
    Array.from({ length: 1 + random.integer(max) }, () => random.integer(10)).join('')
  const number = (): string => {
    const whole = pick(['0', `${1 + random.integer(9)}`, `${1 + random.integer(9)}${digits(pick([3, 18, 40]))}`])
    const fraction = chance(50) ? `.${pick(['', '0', '000', '00000000'])}${digits(pick([2, 16, 20, 400]))}` : ''
    const exponent = chance(30) ? pick(['e', 'E']) + pick(['', '+', '-']) + digits(pick([1, 2, 3])) : ''
    return pick(['', '', '-']) + whole + fraction + exponent
  }
  const character = (): string =>
    pick([
      ...'abcdefgh019 .,:{}[]',
      'ä',
      '€',
      '😀',
      '\u2028',
      '\u007f',
      '\\"',
      '\\\\',
      '\\/',
      '\\n',
      '\\u0000',
      '\\u00e4',
    ]) || pick(['\\ud83d\\ude00', '\\ud800', '\\udc00x', '\\uD800\\u0041'])
  const string = (): string =>
    chance(60)
      ? pick(['"red"', '"green"', '"\\u0072ed"', '""', '"__proto__"', '"1"'])
      : `"${Array.from({ length: random.integer(12) }, () => (chance(5) ? pick(['\\ud800', '\\ud83d\\ude00', '\\udc00x']) : character())).join('')}"`
  const nested = (depth: number): string =>
    chance(50)
      ? `[${many(depth > 3 ? 0 : 3, () => value(depth + 1))}]`
      : `{${many(depth > 3 ? 0 : 3, () => `${string()}${space()}:${space()}${value(depth + 1)}`)}}`
  const value = (depth: number): string =>
    chance(depth === 0 ? 2 : 20)
      ? nested(depth)
      : pick([number, number, string, () => pick(['true', 'false', 'null', '-0', '0', '1e999', '-1E400', '1e-400'])])()
  const name = (): string =>
    pick(['"a"', '"b"', '"c"', '"\\u0061"', '"__proto__"', '"constructor"', '"x y"', '"é"', '"\\ud800"', '""'])
  const strange = (): string => (chance(3) ? value(1) : row())
  const names = Array.from({ length: 1 + random.integer(4) }, name)
  const kinds = names.map(() => pick([number, number, string, () => value(0)]))
  const row = (): string => {
    const cells = names.map(
      (column, i) => `${column}${space()}:${space()}${(chance(90) ? kinds[i] : () => value(0))?.()}`,
    )
    if (chance(10)) cells.push(`${name()}:${value(0)}`)
    if (chance(10)) cells.reverse()
    return `{${space()}${cells.join(`${space()},${space()}`)}${space()}}`
  }
  const rows = (): string => (chance(5) ? value(1) : `[${many(12, strange)}]`)
  const members = [`"features"${space()}:${space()}${rows()}`, `"labels":${rows()}`]
  if (chance(40)) members.push(`"parameters":${nested(1)}`)
  if (chance(30)) members.push(`"validation_split":${value(0)}`)
  if (chance(10)) members.push(`${string()}:${value(0)}`)
  if (chance(5)) members.push(`"features":${rows()}`)
  if (chance(30)) members.reverse()
  const bytes = Buffer.from(`${chance(5) ? '\ufeff' : ''}${space()}{${members.join(`,${space()}`)}}${space()}`)
  return chance(75) ? bytes : damaged(bytes, random)
}

/** Cut short, lengthened, or with a few bytes changed. */
function damaged(bytes: Buffer, random: Random): Buffer {
  const at = random.integer(bytes.length)
  const hostile = [...Buffer.from('"\\{}[]:,-.eE+0 tfnu'), 0, 0x1f, 0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xf4, 0xff]
  const byte = hostile[random.integer(hostile.length)] as number
  switch (random.integer(4)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
    default: {
      const changed = Buffer.from(bytes)
      changed[at] = byte
      return changed
    }
  }
}
