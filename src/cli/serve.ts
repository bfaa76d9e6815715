// ml-worker serve: the worker itself, as npm start runs it; with --artifact one version, without a database.
import { type Arguments, type Command, UsageError } from './command.ts'
import { optionalNumberOf } from './options.ts'

const TIMEOUT_SECONDS = 300
const MIB = 2 ** 20

export const serveCommand: Command = {
  usage: '[--artifact FILE|URL [--token-file FILE] [--sha256 HEX] [--timeout SECONDS] [--max-mb N]]',
  details: [
    '  The configuration comes from the environment and from .env; the README lists it.',
    '',
    '  --artifact FILE|URL    serves the version in this bundle alone (npx ml-worker version bundle), without a database:',
    '                         POST /api/predict, /v2/models/PROJECT, /api/health and /metrics (docs/bundles.md)',
    '  --token-file FILE      holds the bearer token for the URL',
    '  --sha256 HEX           the SHA-256 that the artifact must have',
    `  --timeout SECONDS      longest fetch of the URL; default ${TIMEOUT_SECONDS}`,
    '  --max-mb N             largest bundle that is fetched, in MiB',
    '',
  ].join('\n'),
  options: {
    artifact: { type: 'string' },
    'token-file': { type: 'string' },
    sha256: { type: 'string' },
    timeout: { type: 'string' },
    'max-mb': { type: 'string' },
  },
  takes: [],
  async run({ values }) {
    // It runs until it is told to stop, and ends the process itself when it cannot start.
    if (values['artifact'] === undefined) {
      refuseOthers(values)
      await import('../main.ts')
      return 0
    }
    const source = sourceOf(values)
    const [{ runProcess }, { startArtifactService }] = await Promise.all([
      import('../run-process.ts'),
      import('../serve-artifact.ts'),
    ])
    runProcess((config, log) => startArtifactService(config, log, source))
    return 0
  },
}

function refuseOthers(values: Arguments['values']): void {
  const [given] = ['token-file', 'sha256', 'timeout', 'max-mb'].filter((name) => values[name] !== undefined)
  if (given !== undefined) throw new UsageError(`--${given} goes with --artifact`)
}

function sourceOf(values: Arguments['values']) {
  const { artifact, sha256, 'token-file': tokenFile } = values as Readonly<Record<string, string | undefined>>
  if (artifact === undefined || artifact === '') throw new UsageError('--artifact: expected a file or a URL')
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new UsageError(`--sha256: expected 64 hexadecimal digits, got ${sha256}`)
  }
  const mib = optionalNumberOf(values, 'max-mb')
  return {
    place: artifact,
    sha256,
    tokenFile,
    timeoutMs: (optionalNumberOf(values, 'timeout') ?? TIMEOUT_SECONDS) * 1000,
    ...(mib === undefined ? {} : { byteLengthMax: mib * MIB }),
  }
}
