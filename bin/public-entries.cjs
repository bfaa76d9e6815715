// Loaded by node-setup.cjs in every process and thread: leads ml-worker/model and the other public entries to the files
// of this worker, whoever imports them. A model class may lie anywhere, with or without a copy of ml-worker beside it,
// and must extend the classes that the worker itself has loaded.
// What the worker's own files import of each other is found without a look at the disk: Node would ask for each file
// whether it is a link, and which package.json is the next above it.
const { registerHooks } = require('node:module')
const { pathToFileURL } = require('node:url')
const { exports: entries, name } = require('../package.json')

const root = pathToFileURL(`${__dirname}/../`)
const targets = new Map(
  Object.entries(entries).map(([entry, file]) => {
    const found = { url: new URL(file, root).href, shortCircuit: true }
    return [name + entry.slice(1), file.endsWith('.ts') ? { ...found, format: 'module-typescript' } : found]
  }),
)
const KINDS = [
  { folder: new URL('src/', root).href, ending: '.ts', format: 'module-typescript' },
  { folder: new URL('node_modules/', root).href, ending: '.mjs', format: 'module' },
]

registerHooks({
  resolve(specifier, context, nextResolve) {
    return targets.get(specifier) ?? fileBeside(specifier, context.parentURL) ?? nextResolve(specifier, context)
  },
})

function fileBeside(specifier, parent) {
  if (specifier[0] !== '.' || parent === undefined) return undefined
  const kind = KINDS.find(({ folder, ending }) => specifier.endsWith(ending) && parent.startsWith(folder))
  if (kind === undefined) return undefined
  const { href } = new URL(specifier, parent)
  return href.startsWith(kind.folder) ? { url: href, format: kind.format, shortCircuit: true } : undefined
}
