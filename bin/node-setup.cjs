// Loaded before anything else (node --require), in syntax that any Node can read: says in one line when it is too old.
// Keeps compiled code on disk, so that a second start need not strip and compile every file again; and leads the imports
// of model classes to the worker.
const required = 24
const major = Number(process.versions.node.split('.')[0])
if (major < required) {
  process.stderr.write(`ml-worker needs Node.js ${required} or newer; this is ${process.version}.\n`)
  process.exit(1)
}
const fs = require('node:fs')
const { join, resolve } = require('node:path')

if (isService()) {
  // As early as can be: a parent that went before is not missed.
  require('./parent-watch.cjs').watchParent()
  // Most of what a start allocates stays: a larger young generation would only take memory. src/run-process.ts lets it grow.
  require('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}

const cache = cacheFolder()
if (cache !== undefined) {
  // Threads have the mask of their process.
  const isMain = require('node:worker_threads').isMainThread
  const before = isMain ? process.umask(0o077) : undefined
  require('node:module').enableCompileCache(cache)
  if (isMain) process.umask(before)
}
require('./public-entries.cjs')

// The worker itself, and no trainer, thread or other command.
function isService() {
  const [, entry = '', command] = process.argv
  if (!require('node:worker_threads').isMainThread) return false
  return /[\\/]src[\\/]main\.ts$/.test(resolve(entry)) || (/ml-worker(\.cjs)?$/.test(entry) && command === 'serve')
}

// What stands in the cache is run as code: it is a folder that nobody else can write, or there is none. It lies under
// DATA_DIR once that is there; in a temporary folder that all share another user could lay code for us.
function cacheFolder() {
  try {
    const dataDir = resolve(dataDirName())
    if (!isOurs(dataDir, 0o022)) return undefined
    const folder = join(dataDir, 'compile-cache')
    try {
      fs.mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    return isOurs(folder, 0o077) ? folder : undefined
  } catch (_) {
    return undefined
  }
}

// As src/config.ts reads it: the environment, then .env, then the default.
function dataDirName() {
  if (process.env.DATA_DIR) return process.env.DATA_DIR
  try {
    return require('node:util').parseEnv(fs.readFileSync('.env', 'utf8')).DATA_DIR || '.data'
  } catch (_) {
    return '.data'
  }
}

// A folder, and no link to one, of this user, without those rights of others.
function isOurs(path, rights) {
  const { uid, mode } = fs.lstatSync(path)
  const isFolder = (mode & fs.constants.S_IFMT) === fs.constants.S_IFDIR
  return isFolder && process.getuid !== undefined && uid === process.getuid() && (mode & rights) === 0
}
