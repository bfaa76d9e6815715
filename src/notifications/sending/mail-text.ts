// A message in words, for people who read mail.
import type { Message } from './message.ts'

export interface MailText {
  readonly subject: string
  readonly text: string
}

/** Subjects by type; of others the type itself. */
const SUBJECTS: Readonly<Record<string, (data: Members) => string>> = {
  'run.ended': ({ model_run_id: run, status, model_name: model }) =>
    `Training ${shown(run)} of ${shown(model)} ${status === 'SUCCESS' ? 'succeeded' : 'failed'}`,
  'review.requested': ({ version }) => `Version ${shown(version)} asks for a review`,
  'review.decided': ({ version, state }) => `Version ${shown(version)} is ${shown(state)}`,
  'deployment.changed': ({ version, environment, status }) =>
    `Version ${shown(version)} in ${shown(environment)} is ${shown(status)}`,
  'retraining.changed': ({ retraining, state, outcome }) =>
    `Retraining ${shown(retraining)} is ${shown(outcome ?? state).replaceAll('_', ' ')}`,
  'experiment.started': ({ experiment }) => `Experiment ${shown(experiment)} runs`,
  'experiment.concluded': ({ experiment, outcome }) =>
    `Experiment ${shown(experiment)} is concluded: ${shown(outcome).replaceAll('_', ' ')}`,
  'experiment.promoted': ({ experiment, version, environment }) =>
    `Version ${shown(version)} of experiment ${shown(experiment)} is on its way to ${shown(environment)}`,
  'experiment.warning': ({ experiment }) => `Experiment ${shown(experiment)} has a warning`,
  'alert.firing': ({ severity, kind, ...data }) =>
    `${severity === 'critical' ? 'Critical alert' : 'Alert'}: ${shown(kind).replaceAll('_', ' ')} of ${placeOf(data)}, ${shown(severity)}`,
  'alert.resolved': ({ kind, ...data }) => `Resolved: ${shown(kind).replaceAll('_', ' ')} of ${placeOf(data)}`,
  'webhook.test': () => 'This is a test',
}

type Members = Readonly<Record<string, unknown>>

const SUBJECT_LENGTH_MAX = 150

/** Every member of the data in a line. */
export function mailTextOf({ type, messageId, happenedAt, project, data }: Message): MailText {
  const subject = `${project === undefined ? '' : `${project.name}: `}${SUBJECTS[type]?.(data) ?? type}`
  const lines = linesOf(data)
  const text = [
    `${subject}.`,
    '',
    ...(project === undefined ? [] : [`project: ${project.name}`]),
    ...lines,
    `at: ${happenedAt.toISOString()}`,
    '',
    `Sent by ml-worker since this address asked for it (${type}, ${messageId}).`,
    '',
  ].join('\n')
  // A subject is one line: what stands behind a line break would be a header.
  return { subject: subject.replace(/\s+/g, ' ').slice(0, SUBJECT_LENGTH_MAX), text }
}

/** A line for each member, and for each of a member that is an object. */
function linesOf(members: Members, before = ''): string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    const words = `${before}${name.replaceAll('_', ' ')}`
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && before === '' ? linesOf(value as Members, `${words}, `) : [`${words}: ${shown(value)}`]
  })
}

/** What an alert is about, besides its project. */
function placeOf({ version, environment }: Members): string {
  const words = [
    version === undefined ? '' : `version ${shown(version)}`,
    environment === undefined ? '' : `in ${shown(environment)}`,
  ]
  return words.filter(Boolean).join(' ') || 'the project'
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '-' : JSON.stringify(value)
}
