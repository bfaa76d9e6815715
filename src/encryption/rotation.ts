// What a rotation of keys finds and does in one place: the storage, the results of runs, the spool.

export interface RotationOptions {
  /** Counts, and changes nothing. */
  readonly isDryRun: boolean
  /** Encrypts what was written in the clear as well. */
  readonly encryptsPlain: boolean
}

/** current: under the first key already · rewrapped · encrypted now · plain: left in the clear. */
export type RotationKind = 'current' | 'rewrapped' | 'encrypted' | 'plain'

export class Rotation {
  readonly counts: Record<RotationKind, number> = { current: 0, rewrapped: 0, encrypted: 0, plain: 0 }
  /** What stays under another key: how much by the id of the key and the reason. */
  readonly kept = new Map<string, { readonly keyId: string; readonly reason: string; count: number }>()

  count(kind: RotationKind): void {
    this.counts[kind] += 1
  }

  keep(keyId: string, reason: string): void {
    const key = `${keyId} ${reason}`
    const kept = this.kept.get(key) ?? { keyId, reason, count: 0 }
    kept.count += 1
    this.kept.set(key, kept)
  }
}
