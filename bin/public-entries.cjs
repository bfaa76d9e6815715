// Loaded by node-setup.cjs in every process and thread: leads ml-worker/model and the other public entries to the files
// of this worker, whoever imports them. A model class may lie anywhere, with or without a copy of ml-worker beside it,
// and must extend the classes that the worker itself has loaded.
const { registerHooks } = require('node:module')
const { pathToFileURL } = require('node:url')
const { exports: entries, name } = require('../package.json')

const root = pathToFileURL(`${__dirname}/../`)
const urls = new Map(Object.entries(entries).map(([entry, file]) => [name + entry.slice(1), new URL(file, root).href]))

registerHooks({
  resolve(specifier, context, nextResolve) {
    const url = urls.get(specifier)
    return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true }
  },
})
