// What is counted of the quality of requests and rows, beside the cells of columns.
import { storableText } from '../../database/storable-text.ts'
import type { GotType } from '../../model/faults.ts'

/**
 * wrong_type  requests that were refused because a column had another type: name is the column, detail what came
 * scored      rows that the isolation forest of the version has scored: detail is the share that may be anomalous, as text
 * anomalous   those of them that are anomalous at that share
 */
export const QUALITY_KINDS = ['wrong_type', 'scored', 'anomalous'] as const
export type QualityKind = (typeof QUALITY_KINDS)[number]

export interface QualityCount {
  readonly kind: QualityKind
  readonly name: string
  readonly detail: string
  readonly count: number
}

/** Requests whose rows were predicted, or refused; and what was counted of them. */
export interface QualityCounts {
  readonly requests: number
  /** Those whose rows have faults, of whatever kind. */
  readonly refused: number
  readonly counts: readonly QualityCount[]
}

export const NO_QUALITY: QualityCounts = { requests: 0, refused: 0, counts: [] }

/** All of them added. O(counts). */
export function addQuality(all: readonly QualityCounts[]): QualityCounts {
  const sums = new Map<string, QualityCount>()
  for (const { counts } of all) {
    for (const { count, ...of } of counts) {
      const key = qualityKeyOf(of)
      sums.set(key, { ...of, count: count + (sums.get(key)?.count ?? 0) })
    }
  }
  const sumOf = (of: 'requests' | 'refused'): number => all.reduce((sum, each) => sum + each[of], 0)
  return { requests: sumOf('requests'), refused: sumOf('refused'), counts: [...sums.values()] }
}

export function qualityKeyOf({ kind, name, detail }: Omit<QualityCount, 'count'>): string {
  return `${kind} ${detail} ${name}`
}

/** Requests that were refused for the type of a column. */
export interface WrongTypes {
  /** All of the window, whatever became of them. */
  readonly requests: number
  /** By what came first in a request. */
  readonly byType: Readonly<Partial<Record<GotType, number>>>
}

/** Undefined where there were none. O(counts). */
export function wrongTypesOf({ requests, counts }: QualityCounts, column: string): WrongTypes | undefined {
  const stored = storableText(column)
  const found = counts.filter(({ kind, name }) => kind === 'wrong_type' && name === stored)
  if (found.length === 0) return undefined
  return { requests, byType: Object.fromEntries(found.map(({ detail, count }) => [detail, count])) }
}

/** Rows that were scored at a share, and those of them that are anomalous. O(counts). */
export function scoredOf(
  { counts }: QualityCounts,
  share: number,
): { readonly rows: number; readonly anomalous: number } {
  const countOf = (wanted: QualityKind): number =>
    counts.find(({ kind, detail }) => kind === wanted && detail === String(share))?.count ?? 0
  return { rows: countOf('scored'), anomalous: countOf('anomalous') }
}
