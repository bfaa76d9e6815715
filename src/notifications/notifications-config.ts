// What an operator may set of webhooks and mail.
import { Type } from '@sinclair/typebox'
import { count } from '../config-values.ts'
import { faultOfTarget } from './sending/allowed-targets.ts'

/** Of the waits after failed attempts, in seconds. */
const RETRIES_MAX = 20
const RETRY_SECONDS_MAX = 604_800

export const notificationsConfig = {
  WEBHOOK_ALLOWED_HOSTS: Type.String({
    default: '',
    description:
      'Names of hosts, addresses, and networks as 10.0.0.0/8, with commas between, that webhooks may go to without https and where they are not public. Empty: https to public addresses alone',
  }),
  WEBHOOK_TIMEOUT_SECONDS: count({
    default: 20,
    maximum: 120,
    description: 'How long a receiver of a webhook, or the mail server, may take to answer',
  }),
  WEBHOOK_RETRY_SECONDS: Type.String({
    default: '5,300,1800,7200,18000,36000,50400,72000,86400',
    pattern: '^[0-9]+(,[0-9]+)*$',
    description: `Waits after failed attempts, with commas between, each with up to a fifth more by chance; after the last one a delivery is dead. Up to ${RETRIES_MAX}`,
  }),
  WEBHOOK_DELIVERIES_DAYS: count({
    default: 30,
    maximum: 36_500,
    description: 'How long ended deliveries are kept, in days',
  }),
  SMTP_URL: Type.String({
    default: '',
    description: 'The mail server, as smtp://user:password@host:587 or smtps://…:465. Empty: there is no mail',
  }),
  SMTP_URL_FILE: Type.String({
    default: '',
    description: 'A file that holds what SMTP_URL would: for secrets that are mounted',
  }),
  MAIL_FROM: Type.String({
    default: '',
    description: 'The sender of mail, as ml-worker@example.com or ML worker <ml-worker@example.com>',
  }),
}

interface NotificationsSettings {
  readonly WEBHOOK_ALLOWED_HOSTS: string
  readonly WEBHOOK_RETRY_SECONDS: string
  readonly SMTP_URL: string
  readonly MAIL_FROM: string
}

/** What is wrong among the settings, one line each. No word of SMTP_URL is told: it may hold a password. */
export function notificationsFaults(settings: NotificationsSettings): string[] {
  const { WEBHOOK_ALLOWED_HOSTS, WEBHOOK_RETRY_SECONDS, SMTP_URL, MAIL_FROM } = settings
  const faults = allowedHostsIn(WEBHOOK_ALLOWED_HOSTS).flatMap((entry) => {
    const fault = faultOfTarget(entry)
    return fault === undefined ? [] : [`WEBHOOK_ALLOWED_HOSTS: ${fault}`]
  })
  const waits = retrySecondsIn(WEBHOOK_RETRY_SECONDS)
  if (waits.length > RETRIES_MAX) faults.push(`WEBHOOK_RETRY_SECONDS: expected up to ${RETRIES_MAX} waits`)
  if (waits.some((seconds) => seconds > RETRY_SECONDS_MAX)) {
    faults.push(`WEBHOOK_RETRY_SECONDS: expected waits up to ${RETRY_SECONDS_MAX} s, a week`)
  }
  if (SMTP_URL !== '' && !/^smtps?:\/\/[^\s/]+/.test(SMTP_URL)) {
    faults.push('SMTP_URL: expected smtp://user:password@host:port, or smtps://')
  }
  if ((SMTP_URL === '') !== (MAIL_FROM === '')) {
    faults.push('SMTP_URL, MAIL_FROM: expected both of them, or neither')
  }
  if (MAIL_FROM !== '' && !/^[^\r\n]*[^\s@<]+@[^\s@>]+>?$/.test(MAIL_FROM)) {
    faults.push('MAIL_FROM: expected a mail address')
  }
  return faults
}

export function allowedHostsIn(setting: string): string[] {
  return setting
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

export function retrySecondsIn(setting: string): number[] {
  return setting.split(',').map(Number)
}
