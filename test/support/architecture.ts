// Who may import whom (design, section 4), checked on the text of sources.
import { posix } from 'node:path'

/** Paths relative to the repository, with slashes, and what stands in the files. */
export type Sources = ReadonlyMap<string, string>

/** What any room but the engine, the model and the classes may import: files at the top of src/ that know no room. */
const SHARED_FILES = [
  'caller',
  'canonical-json',
  'config-values',
  'errors',
  'experiment-key',
  'kicked-looks',
  'log',
  'pages',
  'permissions',
  'prediction-key',
  'request-digest',
  'retry',
  'revisions',
  'stack-places',
  'version',
]
/** What the file of a room that opens it, `open-*.ts`, may import besides. */
const OPENING_FILES = ['config', 'foundation', 'room']
const GROUND = ['database', 'memory', 'model', 'telemetry']
const DOOR = [...GROUND, 'http', 'rows']
const TRAINING_PARTS = ['registry', 'model-runs', 'spool', 'intake', 'trainer']

/** Every room, with the rooms that it may import beside itself. A new room is one more line. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  learning: [],
  model: ['learning'],
  statistical: [],
  cells: ['model', 'learning'],
  'ml-packages': ['model', 'learning'],
  'training-summary': ['model', 'learning'],
  'estimator-checks': ['learning'],
  memory: [],
  threads: [],
  database: [],
  'data-folder': [],
  encryption: [],
  storage: ['data-folder', 'encryption'],
  jobs: ['database'],
  'storage-upkeep': ['database', 'storage', 'jobs'],
  telemetry: [],
  limits: [],
  http: [...GROUND, 'rows', 'limits'],
  rows: ['encryption', 'memory', 'model'],
  tensors: ['memory', 'model', 'rows'],
  registry: [...GROUND, 'http'],
  audit: DOOR,
  access: [...DOOR, 'audit', 'limits'],
  datasets: [
    ...[...DOOR, 'audit', 'encryption', 'erasures', 'intake', 'learning', 'report-page', 'retention'],
    ...['storage', 'storage-upkeep', 'threads'],
  ],
  'model-runs': [...GROUND, 'encryption'],
  signing: GROUND,
  retention: [...DOOR, 'audit'],
  erasures: [...DOOR, 'audit', 'model-runs'],
  spool: ['model', 'data-folder', 'encryption'],
  intake: ['memory', 'model', 'rows', 'registry', 'spool', 'threads', 'encryption'],
  trainer: ['cells', 'model', 'registry', 'data-folder', 'encryption', 'spool', 'intake', 'training-summary'],
  training: [...DOOR, ...TRAINING_PARTS, 'audit', 'data-folder', 'encryption', 'datasets', 'erasures'],
  runs: [
    ...DOOR,
    ...TRAINING_PARTS,
    'data-folder',
    'datasets',
    'retention',
    'erasures',
    'training',
    'training-summary',
  ],
  notifications: [...DOOR, 'audit', 'encryption', 'model-runs', 'retention', 'training'],
  projects: [
    ...[...DOOR, 'audit', 'datasets', 'intake', 'learning', 'model-runs', 'notifications', 'prediction', 'registry'],
    ...['report-page', 'runs', 'signing', 'threads', 'training', 'training-summary'],
  ],
  deployments: [
    ...[...DOOR, 'audit', 'bundles', 'intake', 'model-runs', 'notifications', 'prediction', 'projects', 'registry'],
    'retention',
  ],
  alerts: [...DOOR, 'audit', 'deployments', 'notifications', 'projects', 'retention'],
  prediction: [...DOOR, 'cells', 'tensors', 'registry', 'model-runs', 'signing', 'threads'],
  'inference-protocol': [...DOOR, 'tensors', 'model-runs', 'prediction'],
  bundles: [...[...DOOR, 'inference-protocol', 'model-runs', 'projects', 'signing', 'storage', 'storage-upkeep']],
  monitoring: [
    ...[...DOOR, 'alerts', 'audit', 'cells', 'datasets', 'deployments', 'encryption', 'erasures', 'intake', 'learning'],
    ...['model-runs', 'notifications', 'prediction', 'projects', 'report-page', 'retention', 'runs', 'threads'],
    ...['training', 'training-summary'],
  ],
  interop: [
    ...[...DOOR, 'cells', 'datasets', 'intake', 'learning', 'model-runs', 'projects', 'registry', 'signing', 'tensors'],
    ...['threads', 'training'],
  ],
  experiments: [
    ...[...DOOR, 'audit', 'deployments', 'erasures', 'intake', 'learning', 'monitoring', 'notifications', 'prediction'],
    ...['projects', 'report-page', 'retention'],
  ],
  'report-page': [...DOOR, 'model-runs', 'training-summary', 'threads'],
}
/** What stands above the rooms. */
const ROOFS = ['cli']

/** What features may use of learning: its errors, its contexts, its threads, and that it keeps more. Never a method. */
const LEARNING_FRAME = [
  'src/learning/errors.ts',
  'src/learning/estimator.ts',
  'src/learning/fit-context.ts',
  'src/learning/kept-parts.ts',
  'src/learning/warnings.ts',
  'src/learning/stratified-split.ts',
  'src/learning/whole-splits.ts',
  'src/learning/model-selection/',
  'src/learning/calibration/',
  'src/learning/parallel/',
]
/** Files that only callers from outside src/ import, by the names of the entries in package.json. */
const PUBLIC_ENTRY = /^src\/[\w-]+\/public\.ts$/
const MODEL_PACKAGES = ['msgpackr', 'node:crypto', '@sinclair/typebox', '@sinclair/typebox/value']

/** Every import that breaks a rule, and every other break, one line each. */
export function violationsOf(sources: Sources): string[] {
  const violations: string[] = []
  for (const [path, text] of sources) {
    for (const specifier of importsOf(text)) {
      const target = resolveImport(path, specifier)
      const rule = brokenRule(path, target)
      if (rule !== undefined) violations.push(`${path} imports ${target}: ${rule}`)
    }
    const code = withoutComments(text)
    if (!mayHoldSql(path) && holdsSql(code))
      violations.push(`${path} holds SQL, which stands in database/ and *-table.ts`)
    if (
      path !== 'src/config.ts' &&
      /\bprocess\s*(\.\s*env\b|\[\s*['"]env)|\benv\b[^;=\n]*\}\s*=\s*process\b/.test(code)
    ) {
      violations.push(`${path} reads process.env, which only config.ts does`)
    }
  }
  return [...violations, ...cyclesIn(sources)]
}

/** Everything that a source imports: also types, re-exports, dynamic imports and types out of import(). */
export function importsOf(text: string): string[] {
  const code = withoutComments(text)
  const patterns = [
    /^\s*import\s+(?:type\s+)?[^'"();]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\})[^'"();]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g,
  ]
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] as string))
}

function brokenRule(path: string, target: string): string | undefined {
  const isInside = target.startsWith('src/') || target.startsWith('statistical/')
  const from = roomOf(path)
  const to = roomOf(target)
  if (/^(fastify|@fastify\/.*)$/.test(target)) {
    const mayUseFastify =
      ['src/app.ts', 'src/room.ts'].includes(path) ||
      ['http', 'telemetry'].includes(from) ||
      path.endsWith('/routes.ts')
    return mayUseFastify ? undefined : 'Fastify stays in app.ts, room.ts, http/, telemetry/ and routes.ts'
  }
  if (from !== 'statistical' && target.startsWith('ml-worker/')) {
    return 'src/ imports its own files by their paths, not by the public entries'
  }
  if (PUBLIC_ENTRY.test(target) && !PUBLIC_ENTRY.test(path)) return 'a public entry is for callers from outside src/'
  if (to === 'cli' && from !== 'cli') return 'nothing of the worker needs its command line'
  if (from === 'learning') {
    if (to === 'learning' || (target.startsWith('node:') && path.startsWith('src/learning/parallel/'))) return undefined
    return "learning imports only itself, and Node's own modules only in learning/parallel"
  }
  if (from === 'model') {
    return ['model', 'learning'].includes(to) || MODEL_PACKAGES.includes(target)
      ? undefined
      : 'model imports only learning'
  }
  if (from === 'statistical') {
    const isPackage = !isInside && !target.startsWith('node:')
    return to === 'statistical' || isPackage
      ? undefined
      : 'statistical imports only the public entries (ml-worker/model, …) and npm packages'
  }
  if (from === 'ml-packages') {
    return ['ml-packages', 'model', 'learning'].includes(to) || /^ml-[\w-]+$/.test(target)
      ? undefined
      : 'ml-packages imports only model, learning and the packages ml-*'
  }
  const rooms = ROOMS[from]
  if (rooms === undefined && path.split('/').length > 2 && !ROOFS.includes(from))
    return `the room ${from} is not in ROOMS`
  if (rooms !== undefined && isInside) {
    if (to === from || SHARED_FILES.includes(to)) return undefined
    const isOpening = posix.basename(path).startsWith('open-')
    if (OPENING_FILES.includes(to)) return isOpening ? undefined : 'only the open-*.ts of a room knows the foundation'
    if (to === 'http' && !path.endsWith('routes.ts')) return 'a room speaks HTTP only in its routes.ts'
    if (rooms.includes(to)) return undefined
    if (to === 'learning' && LEARNING_FRAME.some((place) => target.startsWith(place))) return undefined
    return `${from} imports only ${rooms.join(', ')}, the shared files and the frame of learning`
  }
  return undefined
}

/** learning, model, …; the name of the file for those at the top of src/; the path itself for packages. */
function roomOf(path: string): string {
  if (path.startsWith('statistical/')) return 'statistical'
  const [, room] = /^src\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(path) ?? []
  return room ?? path
}

function resolveImport(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
}

function mayHoldSql(path: string): boolean {
  return path.startsWith('src/database/') || path.endsWith('-table.ts')
}

function holdsSql(code: string): boolean {
  const statement =
    /['"`]\s*(select\s+\S|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b|(create|alter|drop|truncate)\s+(table|database|role|index|schema)\b|begin\s*['"`]|commit\s*['"`]|with\s+\w+\s+as\s*\()/i
  return statement.test(code)
}

function cyclesIn(sources: Sources): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) cycles.push(`a cycle: ${[...trail.slice(at), path].join(' → ')}`)
    if (at >= 0 || done.has(path)) return
    for (const specifier of importsOf(sources.get(path) ?? '')) {
      const target = resolveImport(path, specifier)
      if (sources.has(target)) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return cycles
}

/** Whole lines of comment, and blocks that begin a line: enough where a formatter holds the style. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '')
}
