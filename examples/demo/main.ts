// npm run demo                    every model class on real data, through HTTP: what each achieved
// npm run demo -- --monitoring    a day of a deployed version in two minutes: drift, an alert, a challenger; then its pages
// npm run demo -- --reset         forgets what --monitoring has left
import { parseArgs } from 'node:util'
import { WorkerEnded } from './worker.ts'

const { values: asked } = parseArgs({
  options: { monitoring: { type: 'boolean', default: false }, reset: { type: 'boolean', default: false } },
})
const { demonstrateMonitoring, forgetMonitoring } = await import('./monitoring/main.ts')
try {
  if (asked.reset) await forgetMonitoring()
  if (asked.monitoring) await demonstrateMonitoring()
  else if (!asked.reset) await (await import('./every-model.ts')).demonstrateEveryModel()
} catch (error) {
  if (!(error instanceof WorkerEnded)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
