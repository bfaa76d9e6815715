// The room that tells others what happened: programs by webhooks, people by mail.
import type { Audit } from '../audit/audit.ts'
import { type Config, ConfigError } from '../config.ts'
import type { Foundation } from '../foundation.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened } from '../room.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { Deliveries } from './deliveries.ts'
import { countDeliveries, DeliveryCounts } from './delivery-figures.ts'
import { Dispatcher } from './dispatcher.ts'
import { type Notices, openNotices } from './notices.ts'
import { allowedHostsIn, retrySecondsIn } from './notifications-config.ts'
import { keptNotifications } from './retention.ts'
import { notificationRoutes } from './routes.ts'
import { RunEndNotices, type TellsRun } from './run-ends.ts'
import { AllowedTargets } from './sending/allowed-targets.ts'
import type { MailSender } from './sending/send-mail.ts'
import { WebhookSender } from './sending/send-webhook.ts'
import { Sender } from './sending/sender.ts'
import { Webhooks } from './webhooks.ts'

/** How late a delivery may be that no worker was told of: its worker was killed, or it is tried again. */
const LOOK_EVERY_SECONDS = 5
/** How late the end of a run may be told whose worker was killed. */
const SWEEP_EVERY_SECONDS = 30
const RECOVERY_MS = 60_000

interface NotificationsNeeds {
  readonly audit: Audit
  readonly retention: Retention
  readonly training: TrainingApi
}

export interface Notifications extends Notices {
  /** Ends of runs that this is true of are told by another room. */
  leaveRunEndsTo(tells: TellsRun): void
}

/** Throws ConfigError where mail is set up and its package is not installed. */
export async function openNotifications(
  { config, pool, ownSchema, keys, jobs, telemetry, version, log }: Foundation,
  { audit, retention, training }: NotificationsNeeds,
): Promise<Opened<Notifications>> {
  const timeoutMs = config.WEBHOOK_TIMEOUT_SECONDS * 1000
  const allowed = new AllowedTargets(allowedHostsIn(config.WEBHOOK_ALLOWED_HOSTS))
  const mail = await openMail(config, timeoutMs)
  const counts = new DeliveryCounts(ownSchema)
  const dispatcher = new Dispatcher({
    ownSchema,
    audit,
    sender: new Sender({ ownSchema, keys, mail, webhooks: new WebhookSender({ allowed, timeoutMs, version }) }),
    timeoutMs,
    retrySeconds: retrySecondsIn(config.WEBHOOK_RETRY_SECONDS),
    onAttempt: countDeliveries(telemetry, counts),
    log,
  })
  const notices = openNotices(() => dispatcher.kick())
  const runEnds = new RunEndNotices({ ownSchema, pool, notices, log })
  training.events.on((event) => runEnds.observe(event))
  training.ends.writeWith(runEnds.writeWithEnd)
  jobs.repeat('notifications', { everySeconds: LOOK_EVERY_SECONDS }, () => dispatcher.look())
  jobs.repeat('run-ends', { everySeconds: SWEEP_EVERY_SECONDS }, (signal) => runEnds.sweep(signal))
  const isThere = () => ownSchema.isUsable()
  for (const kind of keptNotifications(ownSchema.pool, config.WEBHOOK_DELIVERIES_DAYS, isThere))
    retention.register(kind)
  const room = {
    name: 'notifications',
    routes: notificationRoutes({
      webhooks: new Webhooks({ ownSchema, audit, keys, allowed, sendsMail: mail !== undefined }),
      deliveries: new Deliveries({ ownSchema, audit, onDue: () => dispatcher.kick() }),
    }),
    checks: { webhooks: () => counts.describe() },
    async recover() {
      // What a worker that was killed left; where the schema is away now, the jobs do it.
      if (!(await ownSchema.isUsable())) return
      await runEnds.sweep(AbortSignal.timeout(RECOVERY_MS)).catch((error) => {
        log.warn({ err: error }, 'ends of runs are looked at again later')
      })
      dispatcher.kick()
    },
    async drain() {
      await dispatcher.close()
    },
    async close() {
      // Trainings have come to their end by now.
      await runEnds.close()
      mail?.close()
    },
  }
  return { room, api: { ...notices, leaveRunEndsTo: (tells) => runEnds.leaveTo(tells) } }
}

async function openMail(
  { SMTP_URL: url, MAIL_FROM: from }: Config,
  timeoutMs: number,
): Promise<MailSender | undefined> {
  if (url === '') return undefined
  try {
    const { mailSender } = await import('./sending/send-mail.ts')
    return mailSender({ url, from, timeoutMs })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const what = 'SMTP_URL needs a package that is not installed; do: npm install nodemailer'
    throw new ConfigError(what, { cause: error })
  }
}
