// The worker without a database: serves the one version of a bundle. Its rooms are those of the service that predict.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { openJwtAccess } from './access/open-jwt-access.ts'
import { buildApp } from './app.ts'
import { BundleError } from './bundles/bundle.ts'
import { BundleFile } from './bundles/bundle-file.ts'
import { type FetchOptions, fetchBundle } from './bundles/fetch-bundle.ts'
import { BundleResults, bundleNames, bundleTrust } from './bundles/served-bundle.ts'
import type { Config } from './config.ts'
import { readKeys } from './encryption/key-file.ts'
import { House } from './house.ts'
import { Tls } from './http/tls.ts'
import { openInferenceProtocol } from './inference-protocol/open-inference-protocol.ts'
import { MemoryBudget } from './memory/memory-budget.ts'
import { openPrediction } from './prediction/open-prediction.ts'
import { openModelClasses } from './registry/open-model-classes.ts'
import type { Room } from './room.ts'
import { openRows } from './rows/open-rows.ts'
import { readSigningKeys } from './signing/signing-keys.ts'
import { openTracing } from './telemetry/open-tracing.ts'
import { Telemetry } from './telemetry/telemetry.ts'
import { readVersion } from './version.ts'

export interface ArtifactSource extends FetchOptions {
  /** A path, or a URL of HTTP. */
  readonly place: string
  /** SHA-256 that the artifact must have, hexadecimal; undefined where any will do. */
  readonly sha256: string | undefined
}

export interface ArtifactService {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** Ends in order: requests in flight, then all that is open. */
  close(): Promise<void>
}

const MIB = 2 ** 20

/**
 * Resolves when it listens, and its pipeline is loaded. Writes to a temporary folder alone. When it throws, nothing of it is
 * left: BundleError, ServiceError of what stands against the version, ConfigError, SigningKeyError, TlsFilesError.
 */
export async function startArtifactService(
  config: Config,
  log: Logger,
  source: ArtifactSource,
): Promise<ArtifactService> {
  const house = new House(log)
  try {
    const tls = await Tls.open(config, log)
    const folder = await mkdtemp(join(tmpdir(), 'ml-worker-serve-'))
    const holds = (room: Room): void => house.add({ room, api: undefined })
    holds({ name: 'temporary folder', close: () => rm(folder, { recursive: true, force: true }) })
    const bundle = await openBundle(source, folder)
    const { head } = bundle
    const name = `version ${head.version} of project ${head.project.name}`
    holds({ name: 'bundle', checks: { version: () => name }, close: () => bundle.close() })
    const telemetry = new Telemetry(await openTracing(config, log))
    holds({ name: 'telemetry', close: () => telemetry.close() })
    const { keys } = await readKeys(config.ENCRYPTION_KEY_FILE)
    const { trusted } = await readSigningKeys(config.SIGNING_KEY_FILE, config.SIGNING_TRUSTED_KEYS)
    const base = {
      config,
      log,
      version: await readVersion(),
      keys,
      budget: MemoryBudget.of(config.MEMORY_BUDGET_MB * MIB),
      telemetry,
      health: house.health,
      async folder(part: string) {
        const path = join(folder, part)
        await mkdir(path, { mode: 0o700 })
        return path
      },
    }
    const bodies = house.add(await openRows(base))
    const registry = await openModelClasses(config.MODELS_DIR, head.model_name)
    const authenticator = openJwtAccess(base)
    const results = new BundleResults(bundle)
    const signatures = bundleTrust(head, { trusted, isRequired: config.SIGNATURES === 'required' })
    const prediction = house.add(
      await openPrediction(base, { results, registry, signatures, onlyRun: head.model_run_id }),
    )
    house.add(await openInferenceProtocol(base, { bodies, prediction, versions: bundleNames(head) }))
    // On the thread that will predict with it.
    await prediction.predictor.describe(head.model_name, head.model_run_id)
    const app = buildApp(base, house.rooms, { bodies, authenticator, tls })
    const url = await app.listen({ host: config.HOST, port: config.PORT }).catch(async (error) => {
      await app.close()
      throw error
    })
    const facts = { project: head.project.name, version: head.version, runId: head.model_run_id }
    log.info({ url, ...facts, model: head.model_name }, 'listening')
    const close = async (): Promise<void> => {
      await Promise.all([app.close(), house.drain(config.SHUTDOWN_GRACE_SECONDS * 1000)])
      await house.close()
      log.info('stopped')
    }
    return { url, close }
  } catch (error) {
    await house.close()
    throw error
  }
}

/** Throws BundleError with the name of the file, or the URL. */
async function openBundle({ place, sha256, ...options }: ArtifactSource, folder: string): Promise<BundleFile> {
  const isUrl = /^https?:\/\//.test(place)
  const path = isUrl ? join(folder, 'bundle') : place
  try {
    if (isUrl) await fetchBundle(place, path, options)
    const bundle = await BundleFile.open(path)
    const { sha256: is } = bundle.layout.artifact
    if (sha256 === undefined || sha256 === is) return bundle
    await bundle.close()
    throw new BundleError(`has the artifact ${is}; expected ${sha256}`)
  } catch (error) {
    throw new BundleError(`${shownPlace(place)} ${wordsOf(error)}`, { cause: error })
  } finally {
    // It is open: what is removed with the last that hold it is not left by a process that is killed.
    if (isUrl) await rm(path, { force: true })
  }
}

/** Without a query, which may hold a signature. */
function shownPlace(place: string): string {
  return place.replace(/[?#].*$/, '')
}

function wordsOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof BundleError) return message
  return code === 'ENOENT' ? 'is not there' : `cannot be read: ${message}`
}
