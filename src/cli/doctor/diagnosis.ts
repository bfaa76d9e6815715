// One thing that the doctor has looked at.

export interface Diagnosis {
  /** What was looked at: node, configuration, models, folder, disk, keys, signing, storage, database, tls, clock, tables, grants, indexes, own schema. */
  readonly subject: string
  /** error: the worker cannot work · warning: it works, and not well · note: good to know. */
  readonly level: 'ok' | 'note' | 'warning' | 'error'
  readonly detail: string
  /** What to do. */
  readonly remedy?: string
}
