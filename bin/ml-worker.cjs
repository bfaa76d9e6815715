#!/usr/bin/env node
// The command line, in syntax that Node 16 can read. Where this Node is too old it goes on in the one that npm brought
// (the package node), as npm scripts do.
var path = require('node:path')
var required = 24

if (Number(process.versions.node.split('.')[0]) >= required) {
  require('./node-setup.cjs')
  import('../src/cli/main.ts')
} else {
  inNewerNode(findNode())
}

function findNode() {
  var name = process.platform === 'win32' ? 'node.exe' : 'node'
  try {
    return path.join(path.dirname(require.resolve('node/package.json')), 'bin', name)
  } catch (_) {
    process.stderr.write(
      'ml-worker needs Node.js ' +
        required +
        ' or newer; this is ' +
        process.version +
        '. Run npm ci, which brings one.\n',
    )
    process.exit(1)
  }
}

function inNewerNode(node) {
  require('./parent-watch.cjs').watchParent()
  var child = require('node:child_process').spawn(node, [__filename].concat(process.argv.slice(2)), {
    stdio: 'inherit',
    env: Object.assign({}, process.env, { WRAPPED_BY_ML_WORKER: '1' }),
  })
  // A terminal sends them to both; others to this one only, and the child sees to its end itself.
  ;['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal)
    })
  })
  child.on('error', (error) => {
    process.stderr.write(`ml-worker could not run ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
