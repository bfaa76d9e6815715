// Models in code and table: what is found, what is skipped and why, and the state of each.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const majority = pathToFileURL(join(import.meta.dirname, '../models/majority.ts')).href
const baseModel = pathToFileURL(join(import.meta.dirname, '../../src/model/base-model.ts')).href

t.test('at the start pipeline_ok becomes true for models in both, false for those in the table only', async (t) => {
  const database = await createTestDatabase(t)
  for (const model of ['majority', 'mean', 'gone', 'long_gone']) await database.registerModel(model)
  await database.owner.query(`update models set pipeline_ok = true where name in ('mean', 'gone')`)
  const { service, logged, get } = await startTestService(t, { DATABASE_URL: database.url })
  await service.whenReconciled
  const { rows } = await database.owner.query('select name, pipeline_ok from models order by name')
  t.same(rows, [
    { name: 'gone', pipeline_ok: false },
    { name: 'long_gone', pipeline_ok: false },
    { name: 'majority', pipeline_ok: true },
    { name: 'mean', pipeline_ok: true },
  ])
  const warned = logged.filter(({ level, msg }) => level === 40 && String(msg).includes('not registered'))
  const { models } = (await get('/api/models')).body as { models: { name: string; state: string }[] }
  const unregistered = models.filter(({ state }) => state === 'unregistered').map(({ name }) => name)
  t.ok(unregistered.includes('forest') && !unregistered.includes('mean'))
  t.match(warned, [{ count: unregistered.length, models: unregistered }])
  t.equal(warned.length, 1, 'one line for all of them')
  t.notOk(logged.some(({ level }) => (level as number) >= 50))
})

t.test('GET /api/models lists every model with its state, type, columns and default parameters', async (t) => {
  const database = await createTestDatabase(t)
  for (const model of ['declared_columns', 'majority', 'one_cluster', 'gone']) await database.registerModel(model)
  await database.owner.query(`update models set description = 'as the table has it' where name = 'gone'`)
  const { get } = await startTestService(t, { DATABASE_URL: database.url })
  const { status, body } = await get('/api/models')
  t.equal(status, 200)
  const names = body.models.map(({ name }: { name: string }) => name)
  t.same(names, names.toSorted())
  const byName = Object.fromEntries(body.models.map((model: { name: string }) => [model.name, model]))
  t.same(byName['declared_columns'], {
    name: 'declared_columns',
    state: 'available',
    type: 'classifier',
    description: null,
    feature_names: ['length', 'width'],
    label_names: ['species'],
    default_parameters: {},
  })
  t.same(byName['majority'], {
    name: 'majority',
    state: 'available',
    type: 'classifier',
    description: null,
    feature_names: '*',
    label_names: '*',
    default_parameters: { smoothing: 0, rows_min: 1, ties: 'first', random_state: null },
  })
  t.match(byName['one_cluster'], { state: 'available', type: 'clusterer', feature_names: '*', label_names: [] })
  t.match(byName['mean'], { state: 'unregistered', type: 'regressor', feature_names: '*' })
  t.same(byName['gone'], {
    name: 'gone',
    state: 'unavailable',
    type: 'model',
    description: 'as the table has it',
  })
})

t.test('a model that is registered while the worker runs becomes available', async (t) => {
  const database = await createTestDatabase(t)
  const { service, train, get } = await startTestService(t, { DATABASE_URL: database.url })
  await service.whenReconciled
  const body = { features: [{ a: 1 }], labels: [{ y: 1 }] }
  t.equal((await train('majority', 1, body)).body.code, 'MODEL_UNREGISTERED')
  t.equal((await get('/api/health')).status, 503)
  await database.registerModel('majority')
  const run = await database.insertRun('majority')
  t.equal((await train('majority', run, body)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  const { rows } = await database.owner.query('select name, pipeline_ok from models')
  t.same(rows, [{ name: 'majority', pipeline_ok: true }])
  t.equal((await get('/api/health')).status, 200)
})

t.test('a file that cannot be used is logged with its name and the reason, and stops nothing else', async (t) => {
  const member = `name = 'm'; feature_names = '*'; label_names = '*'; get_default_parameters() { return {} }
    validate_features() { return true } extract_metrics() { return {} }`
  const files: Record<string, { source: string; reason: RegExp }> = {
    'a-syntax-error.ts': { source: 'export default class {', reason: /'}' expected|Expected '}'|Unexpected/i },
    'b-no-default-export.ts': { source: 'export class Model {}', reason: /no default export that is a class/ },
    'c-no-class.ts': { source: `export default { name: 'm' }`, reason: /no default export that is a class/ },
    'd-throws-at-import.ts': { source: `throw new Error('not today')`, reason: /^not today$/ },
    'e-throws-a-string.ts': { source: `throw 'just so'`, reason: /^just so$/ },
    'f-throws-in-constructor.ts': {
      source: `export default class { constructor() { throw new Error('no instance') } }`,
      reason: /^its constructor throws Error: no instance$/,
    },
    'g-lacks-members.ts': {
      source: 'export default class {}',
      reason:
        /name: .*feature_names: .*label_names: .*get_default_parameters: .*create_pipeline: .*validate_features: .*extract_metrics: /,
    },
    'h-not-in-snake-case.ts': {
      source: `export default class { ${member} createPipeline() {} }`,
      reason: /^create_pipeline: expected a method$/,
    },
    'i-columns-twice.ts': {
      source: `import { BaseModel } from '${baseModel}'
        export default class extends BaseModel {
          name = 'm'; feature_names = ['a', 'b', 'a']
          get_default_parameters() { return {} } create_pipeline() {}
        }`,
      reason: /^feature_names: expected '\*' or a list of distinct column names$/,
    },
    'j-no-pipeline.ts': {
      source: `export default class { ${member} create_pipeline() { return {} } }`,
      reason: /does not return a Pipeline/,
    },
    'k-pipeline-throws.ts': {
      source: `export default class { ${member} create_pipeline() { throw new Error('not with these') } }`,
      reason: /^create_pipeline\(defaults\) throws Error: not with these$/,
    },
    'l-imports-nothing-there.ts': { source: `import './nothing-there.ts'`, reason: /nothing-there\.ts/ },
    'm-needs-a-build-step.ts': { source: 'export enum Kind { A }', reason: /enum is not supported/ },
    'n-no-parameters.ts': {
      source: `export default class { ${member.replace('return {}', 'return null')} create_pipeline() {} }`,
      reason: /^get_default_parameters: expected an object$/,
    },
    'x-twin.ts': { source: `export { default } from '${majority}'`, reason: /"majority" is already that of Majority/ },
  }
  const folder = t.testdir({
    ...Object.fromEntries(Object.entries(files).map(([file, { source }]) => [file, source])),
    'o-good.ts': `export { default } from '${majority}'`,
    // Passed over in silence.
    'o-good.test.ts': `throw new Error('a test was loaded')`,
    'types.d.ts': 'declare const x: number',
    'read-me.md': '# models',
    helpers: { 'helper.ts': `throw new Error('a folder was searched')` },
  })
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const { logged, train } = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR: folder })
  const skipped = logged.filter(({ msg }) => msg === 'a model file was skipped')
  t.same(
    skipped.map(({ file }) => file),
    Object.keys(files),
  )
  for (const { file, reason, level } of skipped) {
    t.equal(level, 50)
    t.match(reason, files[file as string]?.reason, `${file}: ${reason}`)
  }
  const run = await database.insertRun('majority')
  t.equal((await train('majority', run, { features: [{ a: 1 }], labels: [{ y: 1 }] })).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('does not start without a folder of models', async (t) => {
  const database = await createTestDatabase(t)
  await t.rejects(startTestService(t, { DATABASE_URL: database.url, MODELS_DIR: '/nowhere' }), /nowhere/)
})
