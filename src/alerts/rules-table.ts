// The SQL of ml_worker.alert_rules: rules that projects have in place of the default ones.
import type { Queryable, Transaction } from '../database/pool.ts'
import type { Rule, RuleContent } from './rule.ts'
import type { SignalKind } from './signals.ts'

const COLUMNS = `kind, revision, is_enabled as "isEnabled", severity_min as "severityMin", resolve_below as "resolveBelow",
  bad_windows as "badWindows", of_windows as "ofWindows", good_windows as "goodWindows",
  cooldown_seconds as "cooldownSeconds", repeat_seconds as "repeatSeconds", threshold,
  resolve_threshold as "resolveThreshold", labels, changed_at as "changedAt", changed_by as "changedBy"`

export async function listRules(client: Queryable, projectId: number): Promise<Rule[]> {
  const { rows } = await client.query<Rule>(
    `select ${COLUMNS} from ml_worker.alert_rules where project_id = $1::bigint`,
    [projectId],
  )
  return rows
}

export async function findRule(client: Queryable, projectId: number, kind: SignalKind): Promise<Rule | undefined> {
  const { rows } = await client.query<Rule>(
    `select ${COLUMNS} from ml_worker.alert_rules where project_id = $1::bigint and kind = $2`,
    [projectId, kind],
  )
  return rows[0]
}

/** In place of the one that is there. */
export async function writeRule(
  tx: Transaction,
  projectId: number,
  kind: SignalKind,
  rule: RuleContent,
  by: string,
): Promise<Rule> {
  const { rows } = await tx.query<Rule>(
    `insert into ml_worker.alert_rules as r (project_id, kind, revision, is_enabled, severity_min, resolve_below,
       bad_windows, of_windows, good_windows, cooldown_seconds, repeat_seconds, threshold, resolve_threshold, labels,
       changed_at, changed_by)
     values ($1::bigint, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::json, now(), $14)
     on conflict (project_id, kind) do update set revision = r.revision + 1, is_enabled = excluded.is_enabled,
       severity_min = excluded.severity_min, resolve_below = excluded.resolve_below, bad_windows = excluded.bad_windows,
       of_windows = excluded.of_windows, good_windows = excluded.good_windows,
       cooldown_seconds = excluded.cooldown_seconds, repeat_seconds = excluded.repeat_seconds,
       threshold = excluded.threshold, resolve_threshold = excluded.resolve_threshold, labels = excluded.labels,
       changed_at = excluded.changed_at, changed_by = excluded.changed_by
     returning ${COLUMNS}`,
    [
      projectId,
      kind,
      rule.isEnabled,
      rule.severityMin,
      rule.resolveBelow,
      rule.badWindows,
      rule.ofWindows,
      rule.goodWindows,
      rule.cooldownSeconds,
      rule.repeatSeconds,
      rule.threshold,
      rule.resolveThreshold,
      JSON.stringify(rule.labels),
      by,
    ],
  )
  return rows[0] as Rule
}
