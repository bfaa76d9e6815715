// What happened and may interest others: rooms write it down in the transaction of the change; it is told after that.
import { randomUUID } from 'node:crypto'
import type { Transaction } from '../database/pool.ts'
import { insertNotice } from './notices-table.ts'

/** Of alerts: the only ones that receivers get in the format of Alertmanager. */
export const ALERT_NOTICE_TYPES = ['alert.firing', 'alert.resolved'] as const
export const NOTICE_TYPES = [
  'run.ended',
  'review.requested',
  'review.decided',
  'deployment.changed',
  'retraining.changed',
  'experiment.started',
  'experiment.concluded',
  'experiment.promoted',
  'experiment.warning',
  ...ALERT_NOTICE_TYPES,
] as const
export type NoticeType = (typeof NOTICE_TYPES)[number]

export interface Notice {
  readonly type: NoticeType
  /** What it is about; undefined where it is about none. */
  readonly project: { readonly id: number; readonly name: string } | undefined
  /** As receivers get it, in snake_case: names, numbers and states, no value of a row, no secret. Up to 16 KiB of JSON. */
  readonly data: Readonly<Record<string, unknown>>
  /** As it is kept with what happened. Without it: when the transaction began, which is now() there. */
  readonly happenedAt?: Date
}

export interface Notices {
  /** Tells nothing when the transaction is rolled back. Throws RangeError where the data is too large. */
  append(tx: Transaction, notice: Notice): Promise<void>
}

/** Of the JSON of `data`: a message stays below the 20 kB that receivers are told. */
const DATA_BYTES_MAX = 16_384

/** Names a message, in every delivery of it. */
export function newMessageId(): string {
  return `msg_${randomUUID().replaceAll('-', '')}`
}

/** onAppended: called once the row is written, before the commit. */
export function openNotices(onAppended: () => void): Notices {
  return {
    async append(tx, { type, project, data, happenedAt }) {
      const json = JSON.stringify(data)
      const byteLength = Buffer.byteLength(json)
      if (byteLength > DATA_BYTES_MAX) {
        const bounds = `expected ${DATA_BYTES_MAX} bytes at the most, got ${byteLength}`
        throw new RangeError(`the data of a notice ${type}: ${bounds}`)
      }
      await insertNotice(tx, { messageId: newMessageId(), type, project, json, happenedAt })
      onAppended()
    },
  }
}
