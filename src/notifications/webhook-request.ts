// What a caller says of a webhook: what it means, beside what is there already, and what it cannot mean.
import type { MemberFaults, WellFormed } from '../rows/member-faults.ts'
import type { AllowedTargets } from './sending/allowed-targets.ts'
import { eventTypesOf, type Webhook, type WebhookContent, type WebhookFormat, type WebhookKind } from './webhook.ts'
import type { ChangeWebhook, CreateWebhook } from './webhook-schemas.ts'

type GivenWebhook = WellFormed<(typeof ChangeWebhook)['static']>

const EMPTY: WebhookContent = {
  address: '',
  eventTypes: [],
  projects: [],
  description: null,
  format: 'standard',
  isEnabled: true,
}

/** Of one that is sound: exactly one address is given. */
export function kindOf({ mail_to: mailTo }: WellFormed<(typeof CreateWebhook)['static']>): WebhookKind {
  return mailTo === undefined ? 'webhook' : 'mail'
}

/** The content with what is given in place of what is there. */
export function contentOf(kind: WebhookKind, given: GivenWebhook, before: WebhookContent = EMPTY): WebhookContent {
  const { events, projects, description, format = before.format, enabled } = given
  return {
    address: given[kind === 'webhook' ? 'url' : 'mail_to'] ?? before.address,
    eventTypes: events === undefined ? before.eventTypes : [...new Set(events)],
    projects: projects === undefined ? before.projects : [...new Set(projects)],
    description: description === undefined ? before.description : description || null,
    format: format as WebhookFormat,
    isEnabled: enabled ?? before.isEnabled,
  }
}

/** Adds what stands against a new one. */
export function addNewFaults(
  given: WellFormed<(typeof CreateWebhook)['static']>,
  allowed: AllowedTargets,
  faults: MemberFaults,
): void {
  // One that is malformed is given.
  const isGiven = (member: 'url' | 'mail_to'): boolean => given[member] !== undefined || !faults.areSound(member)
  const [hasUrl, hasMail] = [isGiven('url'), isGiven('mail_to')]
  if (hasUrl === hasMail) faults.add({ in: 'body', parameter: 'url', detail: 'expected url or mail_to, one of them' })
  const kind = hasMail && !hasUrl ? 'mail' : 'webhook'
  addContentFaults(kind, contentOf(kind, given), { allowed, isAddressed: hasUrl !== hasMail }, faults)
}

/** Adds what stands against a change of one that is there. */
export function addChangeFaults(
  given: GivenWebhook,
  before: Webhook,
  allowed: AllowedTargets,
  faults: MemberFaults,
): void {
  const { kind } = before
  const [own, other] = kind === 'webhook' ? (['url', 'mail_to'] as const) : (['mail_to', 'url'] as const)
  if (given[other] !== undefined) {
    faults.add({ in: 'body', parameter: other, detail: `it is a ${kind}: only its ${own} can be changed` })
  }
  addContentFaults(kind, contentOf(kind, given, before), { allowed, isAddressed: true }, faults)
}

function addContentFaults(
  kind: WebhookKind,
  { address, format, eventTypes }: WebhookContent,
  { allowed, isAddressed }: { readonly allowed: AllowedTargets; readonly isAddressed: boolean },
  faults: MemberFaults,
): void {
  const add = (parameter: string, detail: string): void => faults.add({ in: 'body', parameter, detail })
  if (kind === 'mail') {
    if (format !== 'standard') add('format', 'mail is text: only webhooks have a format')
    return
  }
  const expected = eventTypesOf(format)
  if (faults.areSound('format', 'events') && !eventTypes.every((type) => expected.includes(type))) {
    add('events', `in the format ${format} expected only ${expected.join(', ')}`)
  }
  const fault = isAddressed && faults.areSound('url') ? allowed.faultOf(address) : undefined
  if (fault !== undefined) add('url', fault)
}
