// Loaded before anything else (node --require), in syntax that any Node can read: says in one line when it is too old.
// Keeps compiled code on disk, so that a second start need not strip and compile every file again.
const required = 24
const major = Number(process.versions.node.split('.')[0])
if (major < required) {
  process.stderr.write(`ml-worker needs Node.js ${required} or newer; this is ${process.version}.\n`)
  process.exit(1)
}
require('node:module').enableCompileCache()
