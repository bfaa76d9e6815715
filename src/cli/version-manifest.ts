// ml-worker version manifest and verify: what a version is made of, signed, and whether it is to be believed.
import { readConfig } from '../config.ts'
import { EnvelopeError } from '../signing/dsse.ts'
import { openManifest } from '../signing/manifest.ts'
import { readSigningKeys, SigningKeyError } from '../signing/signing-keys.ts'
import { CommandError, UsageError } from './command.ts'
import { numberOf, textOf, type Values } from './options.ts'
import { type Action, membersOf, pathOf } from './worker-action.ts'
import type { WorkerClient } from './worker-client.ts'

interface Envelope {
  readonly payload: string
}

interface VersionPage {
  readonly versions: readonly { readonly version: number }[]
  readonly next?: number
}

interface VersionAnswer {
  readonly model_run_id: number
  readonly artifact: { readonly sha256: string }
  readonly dataset: { readonly sha256: string }
}

/** Versions of a page. */
const PAGE_LENGTH = 200

export const manifest: Action = async (values, client) => {
  if (values['all'] === true) return signAll(values, client)
  const path = `${versionPathOf(values)}/manifest`
  const { body } =
    values['sign'] === true ? await client.send<Envelope>('POST', path) : await client.get<Envelope>(path)
  return { answer: body, text: membersOf(JSON.parse(Buffer.from(body.payload, 'base64').toString('utf8'))) }
}

/** Signs every version of the project; what the present key has signed already stays as it is. Ends with 1 where one is refused. */
async function signAll(values: Values, client: WorkerClient) {
  if (values['sign'] !== true || values['version'] !== undefined) {
    throw new UsageError('--all goes with --sign, and without --version')
  }
  const versions = `${pathOf(textOf(values, 'project'))}/versions`
  const signed: number[] = []
  const refused: { version: number; reason: string }[] = []
  let before: number | undefined
  do {
    const page = (await client.get<VersionPage>(versions, { limit: PAGE_LENGTH, before })).body
    for (const { version } of page.versions) {
      try {
        await client.send('POST', `${versions}/${version}/manifest`)
        signed.push(version)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        refused.push({ version, reason: error.message })
      }
    }
    before = page.next
  } while (before !== undefined)
  const lines = refused.map(({ version, reason }) => `version ${version} is not signed: ${reason}`)
  const text = [`signed: ${signed.length === 0 ? 'none' : `version ${signed.join(', ')}`}`, ...lines].join('\n')
  return { answer: { signed, refused }, text, ...(refused.length === 0 ? {} : { code: 1 as const }) }
}

/** The signature is checked here, with keys that are here: the worker need not be believed for that. */
export const verify: Action = async (values, client) => {
  const path = versionPathOf(values)
  const version = numberOf(values, 'version')
  const envelope = (await client.get<Envelope>(`${path}/manifest`)).body
  const known = (await client.get<VersionAnswer>(path)).body
  const trusted = await trustedKeys(values)
  try {
    const { manifest: signed, keyId } = openManifest(JSON.stringify(envelope), trusted)
    const differing = [
      ...(signed.version === version && signed.model_run_id === known.model_run_id ? [] : ['the version']),
      ...(signed.artifact.sha256 === known.artifact.sha256 ? [] : ['the artifact']),
      ...(signed.dataset.sha256 === known.dataset.sha256 ? [] : ['the data set']),
    ]
    if (differing.length > 0) throw new EnvelopeError(`says otherwise of ${differing.join(', ')} than the worker`)
    // The bytes that the worker has are known to it alone.
    const answer = (await client.get<object>(`${path}/manifest/verification`)).body
    return { answer, text: `version ${version} is signed by key ${keyId}, and its artifact is the one that was signed` }
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error
    throw new CommandError(`the manifest of version ${version} ${error.message}`, { cause: error })
  }
}

async function trustedKeys(values: Values) {
  const config = readConfig()
  const named = values['keys']
  try {
    const { trusted } =
      typeof named === 'string'
        ? await readSigningKeys('', named)
        : await readSigningKeys(config.SIGNING_KEY_FILE, config.SIGNING_TRUSTED_KEYS)
    if (trusted.size > 0) return trusted
    throw new CommandError('no key is accepted here: --keys FILE, SIGNING_TRUSTED_KEYS or SIGNING_KEY_FILE name some')
  } catch (error) {
    if (error instanceof SigningKeyError) throw new CommandError(error.message, { cause: error })
    throw error
  }
}

function versionPathOf(values: Values): string {
  return `${pathOf(textOf(values, 'project'))}/versions/${numberOf(values, 'version')}`
}
