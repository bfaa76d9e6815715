// Rules of projects as routes show and change them; each change with its entry in the audit.
import { createHash } from 'node:crypto'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import type { Projects } from '../projects/projects.ts'
import { requireMatch } from '../revisions.ts'
import { defaultRule, type Rule, type RuleContent } from './rule.ts'
import { findRule, listRules, writeRule } from './rules-table.ts'
import { SIGNAL_KINDS, type SignalKind } from './signals.ts'

export interface AlertRulesParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Pick<Projects, 'find' | 'lock'>
}

export class AlertRules {
  private readonly parts: AlertRulesParts

  constructor(parts: AlertRulesParts) {
    this.parts = parts
  }

  /** One of each kind, in the order of SIGNAL_KINDS. Throws ServiceError PROJECT_UNKNOWN. */
  async list(project: string): Promise<Rule[]> {
    const { projectId } = await this.parts.projects.find(project)
    const own = new Map((await listRules(this.parts.ownSchema.pool, projectId)).map((rule) => [rule.kind, rule]))
    return SIGNAL_KINDS.map((kind) => own.get(kind) ?? defaultRule(kind))
  }

  /** Throws ServiceError PROJECT_UNKNOWN. */
  async find(project: string, kind: SignalKind): Promise<Rule> {
    const { projectId } = await this.parts.projects.find(project)
    return (await findRule(this.parts.ownSchema.pool, projectId, kind)) ?? defaultRule(kind)
  }

  /**
   * In place of the rule that is there. When one is switched off, the open alerts of its kind are resolved within a minute.
   * Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED, PRECONDITION_REQUIRED, PRECONDITION_FAILED.
   */
  async put(
    choice: { readonly project: string; readonly kind: SignalKind; readonly ifMatch: string | undefined },
    content: RuleContent,
    caller: Caller,
  ): Promise<Rule> {
    const { ownSchema, audit, projects } = this.parts
    const { kind } = choice
    await ownSchema.require()
    return inTransaction(ownSchema.pool, async (tx) => {
      // Changes of the rules of a project come one after the other.
      const { projectId, name } = await projects.lock(tx, choice.project)
      const before = await findRule(tx, projectId, kind)
      requireMatch(choice.ifMatch, before?.revision, `the alert rule ${kind} of project ${name}`)
      const after = await writeRule(tx, projectId, kind, content, caller.actor)
      await audit.append(tx, {
        caller,
        action: 'alert-rule.update',
        resource: `project/${projectId}/alert-rule/${kind}`,
        before: before && digestOf(before),
        after: digestOf(after),
        details: { name, revision: after.revision, enabled: after.isEnabled },
      })
      return after
    })
  }
}

/** Of all that can be changed. */
function digestOf({ changedAt: _at, changedBy: _by, ...content }: Rule): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
