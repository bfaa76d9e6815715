// node --require ./bin/node-setup.cjs bin/fill-compile-cache.ts, with NODE_COMPILE_CACHE: compiles what the service and its
// processes load, so that an image starts as fast the first time as the second.
import { readdir } from 'node:fs/promises'
import { flushCompileCache, getCompileCacheDir } from 'node:module'

if (getCompileCacheDir() === undefined) {
  console.error('set NODE_COMPILE_CACHE to the folder that is to be filled')
  process.exit(1)
}
const classes = new URL('../statistical/', import.meta.url)
const names = (await readdir(classes)).filter((name) => name.endsWith('.ts'))
await Promise.all([
  import('../src/cli/serve.ts'),
  import('../src/run-process.ts'),
  import('../src/serve-artifact.ts'),
  import('../src/service.ts'),
  import('../src/trainer/train.ts'),
  ...names.map((name) => import(new URL(name, classes).href)),
])
flushCompileCache()
