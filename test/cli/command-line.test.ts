// The command line of model developers, run as they run it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { PROJECT, runCommandLine } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { startTrainingService } from '../support/trained.ts'

const folder = t.testdir()
const iris = join(PROJECT, 'examples/data/iris.csv')
const forest = 'test/models/forest.ts'
const golden = (name: string): string => join(PROJECT, 'test/golden/forms', name)
const src = (path: string): string => JSON.stringify(join(PROJECT, 'src', path))

/** Writes a model file, and gives its path. */
async function modelFile(name: string, source: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, source)
  return path
}

t.test('it tells what it can do, and its version', async (t) => {
  const help = await runCommandLine(['--help'])
  t.match(help, { code: 0, err: '' })
  const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'))
  t.same(await runCommandLine(['--version']), { code: 0, out: `${version}\n`, err: '' })
  for (const command of ['check', 'train', 'predict', 'models', 'serve']) t.match(help.out, `\n  ${command} `)
  const { code, out } = await runCommandLine(['train', '--help'])
  t.match({ code, out }, { code: 0, out: /^Usage: ml-worker train FILE .*--debug .*--help /s })
})

t.test('a wrong call ends with 2 and says how it is called', async (t) => {
  for (const [args, says] of [
    [[], /Usage: ml-worker COMMAND/],
    [['trian'], /there is no command "trian"/],
    [['train'], /FILE is missing[\s\S]*Usage: ml-worker train FILE/],
    [['train', forest, '--nonsense'], /Unknown option '--nonsense'/],
    [['train', forest, '--label', 'y'], /--data is missing/],
    [['train', forest, '--data', iris], /--label is missing/],
    [['train', forest, '--data', 'README.md', '--label', 'y'], /"README.md" has none of the endings .csv/],
    [['train', forest, '--data', '-', '--data-format', 'xls', '--label', 'y'], /--data-format "xls" is none of csv/],
    [['train', forest, '--data', 'rows.ods', '--label', 'y'], /rows.ods is an OpenDocument sheet: save it as .xlsx/],
    [['train', forest, '--data', golden('rows.json'), '--label', 'much'], /leave the options out/],
    [['predict', 'a', '--data', iris, '--format', 'xml'], /--format: expected csv or json, got "xml"/],
  ] as const) {
    const { code, out, err } = await runCommandLine(args)
    t.match({ code, out, err }, { code: 2, out: '', err: says }, args.join(' '))
    t.notMatch(err, /\n {4}at /, 'no stack')
  }
})

t.test('train makes the artifact and the metrics of the service, and predict its predictions', async (t) => {
  const { database, post, predict } = await startTrainingService(t, ['forest'])
  const run = await database.insertRun('forest')
  const parameters = '{"n_estimators":5,"random_state":3}'
  const query = `labels=["much","level"]&parameters=${encodeURIComponent(parameters)}&validation_split=0.25&split_seed=7`
  await post(`/api/train?model_name=forest&model_run_id=${run}&${query}`, await readFile(golden('rows.csv')), {
    'content-type': 'text/csv',
  })
  t.equal(await database.ended(run), 'SUCCESS')
  const stored = await database.run(run)
  const metrics = await database.metrics(run)

  const artifact = join(folder, 'forest.artifact')
  const options = [
    '--label',
    'much',
    '--label',
    'level',
    '--parameters',
    parameters,
    '--validation-split',
    '0.25',
    '--split-seed',
    '7',
  ]
  const trained = await runCommandLine(['train', forest, '--data', golden('rows.csv'), ...options, '--out', artifact])
  t.match(trained, {
    code: 0,
    err: /^forest: trained in [\d.]+ s; the artifact is .*forest.artifact, the report .*forest.html\n$/,
  })
  const report = await readFile(join(folder, 'forest.html'), 'utf8')
  t.match(report, /<!doctype html>[\s\S]*<title>forest[\s\S]*<svg[\s\S]*much[\s\S]*<\/html>/)
  t.ok((await readFile(artifact)).equals(stored.run_result as Buffer), 'the same artifact, byte for byte')
  const table = new Map(trained.out.split('\n').map((line) => [line.split(/\s+/)[0], line.split(/\s+/).slice(1)]))
  t.same(table.get('metric'), ['training', 'validation'])
  t.same(table.get('rows'), ['45', '15'])
  for (const [name, shown] of [
    ['much.accuracy', table.get('much.accuracy')?.[0]],
    ['validation_level.f1_macro', table.get('level.f1_macro')?.[1]],
  ] as const) {
    t.equal(Number(shown).toFixed(3), Number(metrics[name]).toFixed(3), name)
  }

  const { features } = JSON.parse(await readFile(golden('rows.json'), 'utf8'))
  const answer = (await predict(run, { features }, '&probabilities=true')).body
  const list = join(folder, 'rows.json')
  await writeFile(list, JSON.stringify(features))
  const env = { environment: { MODELS_DIR: 'test/models' } }
  for (const data of [golden('rows.csv'), golden('types.arrow'), list]) {
    const { code, out, err } = await runCommandLine(['predict', artifact, '--data', data, '--format', 'json'], env)
    t.match(
      { code, err },
      { code: 0, err: data === list ? '' : 'passed over, as labels of the training: much, level\n' },
    )
    t.same(JSON.parse(out), answer.predictions, data)
  }
  const [header, first] = (
    await runCommandLine(['predict', artifact, '--data', '-', '--data-format', 'json', '--probabilities'], {
      ...env,
      input: JSON.stringify(features.slice(0, 1)),
    })
  ).out.split('\r\n')
  const [probabilities] = answer.probabilities
  t.match(header, /^much,level,much\.probability\.little,/)
  t.same(first?.split(',').slice(2).map(Number), [
    ...Object.values(probabilities.much),
    ...Object.values(probabilities.level),
  ])
  const named = await runCommandLine(['predict', artifact, '--data', list, '--model', forest])
  t.equal(named.code, 0, 'the class by its file, wherever it is')
  t.match(await runCommandLine(['predict', artifact, '--data', list]), {
    code: 1,
    err: /no class in statistical has the name "forest"; name its file with --model/,
  })
  const away = { environment: { MODELS_DIR: join(folder, 'none') } }
  t.match(await runCommandLine(['predict', artifact, '--data', list], away), {
    code: 1,
    err: /there is no folder .*none with model classes; name the file of "forest" with --model, or set MODELS_DIR/,
  })
})

t.test('what training never saw is told beside the predictions', async (t) => {
  const artifact = join(folder, 'colours.artifact')
  const input = 'colour,y\nred,1\ngreen,2\nred,1\n'
  const train = ['train', forest, '--data', '-', '--label', 'y', '--out', artifact]
  t.equal((await runCommandLine(train, { input })).code, 0)
  const predict = ['predict', artifact, '--data', '-', '--model', forest]
  const faulty = await runCommandLine(predict, { input: 'colour,y\nblue,1e400\nred,2\n' })
  t.equal(faulty.code, 1)
  t.notMatch(faulty.err, /unexpected column/, 'the label is none of the faults')
  const { code, out, err } = await runCommandLine(predict, { input: 'colour\nblue\nred\n' })
  t.equal(code, 0)
  t.match(out, /^y\r\n/)
  t.equal(err, 'column "colour": training never saw "blue"; missing in 1 rows\n')
})

t.test('columns are read as the options say, by predict too, and the cells of text as they stand', async (t) => {
  const out = join(folder, 'columns.artifact')
  const csv = `zip;size;y\n${'5.10;1,5;p\n51234;-999;q\n01234;unknown;q\n'.repeat(6)}`
  const options = ['--data', '-', '--label', 'y', '--out', out, '--decimal', 'comma', '--separator', 'semicolon']
  const settled = ['--na-values=-999,unknown', '--column-types', '{"zip":"categorical","size":"numeric"}']
  const trained = await runCommandLine(['train', forest, ...options, ...settled], { input: csv })
  t.equal(trained.code, 0, trained.err)
  t.match(trained.err, /MISSING_MARKS[\s\S]*12 cells|12 cells[\s\S]*MISSING_MARKS/)
  const rows = 'zip|size\n5.10|1.5\n51234|-999\n51234|NA\n'
  const predicted = await runCommandLine(['predict', out, '--model', forest, '--data', '-'], { input: rows })
  t.match(predicted, { code: 0, out: 'y\r\np\r\nq\r\nq\r\n', err: /column "size": marks of missing values in 2 rows/ })
  const wrong = await runCommandLine(['train', forest, ...options, '--na-values', '[', '--column-types', '{'], {
    input: csv,
  })
  t.match(wrong, { code: 1, err: /--na-values: expected[\s\S]*--column-types: expected/ })
  const dialect = await runCommandLine(['predict', out, '--model', forest, '--data', '-', '--decimal', ';'], {
    input: rows,
  })
  t.match(dialect, { code: 2, err: /--decimal: expected point or comma/ })
})

t.test('everything that is wrong with rows and parameters is told at once, with what to do', async (t) => {
  const failing = async (...args: string[]) => {
    const ended = await runCommandLine(args)
    t.equal(ended.code, 1, args.join(' '))
    t.notMatch(ended.err, /\n {4}at /, 'no stack')
    return ended.err
  }
  const species = 'statistical/iris_species.ts'
  t.equal(
    await failing(
      'train',
      species,
      '--data',
      iris,
      '--parameters',
      '{"C":-1,"x":1}',
      '--validation-split',
      '2',
      '--label',
      'kind',
    ),
    'ml-worker train: 5 faults:\n' +
      '  --parameters: x, unknown parameter; expected one of penalty, C, fit_intercept, class_weight, max_iter, tol, solver, random_state, n_jobs, verbose\n' +
      '  --parameters: C, expected a number above 0, got -1\n' +
      '  --data: column "species", unexpected column\n' +
      '  --label: column "species", missing column: no row has it\n' +
      '  --validation-split: expected a number above 0 and below 1, or 0 for none, got 2\n' +
      '→ --label names one of the columns: "sepal_length", "sepal_width", "petal_length", "petal_width", "species"\n',
  )
  t.match(
    await failing('train', forest, '--data', iris, '--label', 'species', '--parameters', '{a'),
    /--parameters: expected a JSON object/,
  )
  t.match(await failing('train', forest, '--data', 'nothing.csv', '--label', 'y'), /nothing.csv: there is no such file/)
  t.match(await failing('train', 'nothing.ts', '--data', iris, '--label', 'y'), /nothing.ts: there is no such file/)
  t.match(await failing('train', forest, '--data', '-', '--label', 'y'), /standard input is empty/)
  t.match(
    await failing('train', forest, '--data', iris, '--label', 'species', '--out', '/nowhere/at/all'),
    /--out \/nowhere\/at\/all cannot be written/,
  )
  t.match(await failing('predict', 'README.md', '--data', iris), /README.md: the stored result is not an artifact/)
  t.match(await failing('predict', 'nothing', '--data', iris), /nothing: there is no such file/)
  const stack = await runCommandLine(['train', forest, '--data', 'nothing.csv', '--label', 'y', '--debug'])
  t.match(stack, { code: 1, err: /CommandError: .*\n {4}at / }, 'a stack when it is asked for')
})

t.test('faults of rows are counted, and told by row, as the service does', async (t) => {
  const mean = ['train', 'test/models/mean.ts', '--data', '-', '--label', 'y']
  const input = `a,y\n${'1,2\n'.repeat(3)}${'1,\n'.repeat(150)}`
  const { code, err } = await runCommandLine(mean, { input })
  t.equal(code, 1)
  const lines = err.split('\n')
  t.equal(lines[0], 'ml-worker train: 150 faults (50 of them not listed); rows count from 0:')
  t.equal(lines[1], '  --label: row 3, column "y", missing value; every row needs a label')
  t.equal(lines.filter((line) => /^ {2}--label: row/.test(line)).length, 100)
  const one = await runCommandLine(mean, { input: 'a,y\n1,2\n1,\n' })
  t.match(one.err, /^ml-worker train: 1 fault; rows count from 0:\n {2}--label: row 1, column "y", missing value/)
  const { out: help } = await runCommandLine(['--help'])
  t.match(help, /\nExit codes: 0 all is well; 1 something is not/)
})

t.test('a model class that throws in training is told apart from rows that it cannot use', async (t) => {
  const misbehaving = 'test/models/misbehaving.ts'
  const train = ['train', misbehaving, '--data', iris, '--label', 'species', '--parameters', '{"deed":"throws"}']
  t.match(await runCommandLine(train), { code: 1, err: /the model class threw Error: the fit went wrong/ })
  const two = { input: 'a\n1\n2\n' }
  const clusters = await runCommandLine(['train', 'statistical/k_means.ts', '--data', '-'], two)
  t.match(clusters, { code: 1, err: /the model cannot learn from these rows: / })
})

t.test('check passes a class that keeps the contract', async (t) => {
  const { code, out, err } = await runCommandLine(['check', 'statistical/iris_species.ts'])
  t.match({ code, err }, { code: 0, err: '' })
  t.match(out, /IrisSpecies, the classifier "iris_species"/)
  t.match(out, /\n {2}its estimator, LogisticRegression:\n {2}ok {4}the defaults pass\n/)
  t.match(out, /\n {2}ok {4}the report has all its parts\n/)
  t.match(out, /\n6\d passed, 0 failed\n$/)
})

t.test('check names every member that is missing or wrong, and what to do', async (t) => {
  const empty = await modelFile('empty.ts', `export default class { name = ''; feature_names = ['a', 'a'] }`)
  const { code, err } = await runCommandLine(['check', empty])
  t.equal(code, 1)
  for (const member of [
    'name',
    'feature_names',
    'label_names',
    'get_default_parameters',
    'create_pipeline',
    'validate_features',
    'extract_metrics',
  ]) {
    t.match(err, new RegExp(`\n  ${member}: expected .*\n    → .{10}`), member)
  }
  for (const [source, says] of [
    ['export const a = 1', /it has no default export that is a class/],
    [`import './nothing.ts'`, /→ mend the path of the import/],
    ['export enum Kind { A }', /→ no enum, namespace or parameter property/],
    ['export default class {', /→ npx tsc --noEmit tells the line/],
    [`throw new Error('not today')`, /Error: not today\n {4}→ --debug/],
    [
      `import { BaseModel } from ${src('model/base-model.ts')}
       export default class extends BaseModel {
         name = 'm'
         get_default_parameters() { return {} }
         create_pipeline() { throw new Error('no way') }
       }`,
      /create_pipeline\(defaults\) throws Error: no way/,
    ],
  ] as const) {
    const ended = await runCommandLine(['check', await modelFile(`broken-${says.source.length}.ts`, source)])
    t.match(ended, { code: 1, err: says }, source)
  }
})

t.test('check finds what a class does wrong when it is trained', async (t) => {
  const path = await modelFile(
    'careless.ts',
    `import { BaseModel } from ${src('model/base-model.ts')}
     import { Pipeline } from ${src('model/pipeline.ts')}
     import { RandomForestClassifier } from ${src('learning/trees/random-forest-classifier.ts')}
     export default class Careless extends BaseModel {
       name = 'careless'
       get_default_parameters() { return { started: Number.NaN } }
       create_pipeline() {
         return new Pipeline([], new RandomForestClassifier({ n_estimators: 2, random_state: Math.floor(Math.random() * 2 ** 30) }))
       }
       extract_metrics() { return { accuracy: Number.NaN } }
     }`,
  )
  const { code, out } = await runCommandLine(['check', path, '--quick'])
  t.equal(code, 1)
  for (const [name, hint] of [
    ['the default parameters are plain JSON', 'numbers, strings'],
    ['the same rows give the same artifact', 'draw from the seed of the fit'],
    ['extract_metrics gives numbers by name', 'return an object of finite numbers'],
    ['metrics of rows held out are numbers too', 'extract_metrics must bear few rows'],
    ['the same training on two threads gives the same artifact', 'a fit must not depend on its threads'],
  ] as const) {
    t.match(out, new RegExp(`FAIL {2}${name}\n {10}.*\n {10}→ ${hint}`), name)
  }
  t.match(out, /\n1\d passed, 5 failed\n$/)
  const strict = await modelFile(
    'strict.ts',
    `import { BaseModel } from ${src('model/base-model.ts')}
     import { Pipeline } from ${src('model/pipeline.ts')}
     import { LinearRegression } from ${src('learning/linear/linear-regression.ts')}
     export default class extends BaseModel {
       name = 'strict'
       get_default_parameters() { return {} }
       create_pipeline() { return new Pipeline([], new LinearRegression()) }
       validate_features() { return false }
     }`,
  )
  const numbersOnly = await modelFile(
    'numbers-only.ts',
    `import Mean from ${JSON.stringify(join(PROJECT, 'test/models/mean.ts'))}
     import { Pipeline } from ${src('model/pipeline.ts')}
     class Summing extends Pipeline {
       async fit(features, labels, context) {
         for (const { values } of features.columns) values.reduce((sum, value) => sum + value)
         return super.fit(features, labels, context)
       }
     }
     export default class extends Mean {
       create_pipeline() { return new Summing([], super.create_pipeline().estimator) }
     }`,
  )
  const crashed = await runCommandLine(['check', numbersOnly, '--quick'])
  t.match(crashed, {
    code: 1,
    out: /FAIL {2}rows that it cannot use are refused in words\n {10}numbers, strings, many categories, some/,
  })
  t.match(crashed.out, /\n18 passed, 1 failed\n$/)
  t.match(await runCommandLine(['check', strict]), { code: 1, err: /validate_features says no.*\n.*train shows it/ })
})

t.test('check explains what the estimator of a class breaks', async (t) => {
  const { code, out } = await runCommandLine(['check', 'test/models/mean.ts'])
  t.equal(code, 1)
  t.match(out, /FAIL {2}progress grows to its end\n {10}it never reports\n {10}→ call context.report/)
})

t.test('models lists the classes of a folder, and the files that cannot be used', async (t) => {
  const { code, out } = await runCommandLine(['models'])
  t.equal(code, 0)
  t.match(out, /^iris_species +usable +classifier +sepal_length, .* species +\{"penalty":"l2"/m)
  const models = t.testdir({ 'broken.ts': 'export default 3' })
  const listed = await runCommandLine(['models', '--dir', models, '--json'])
  t.match(listed.code, 1)
  t.same(JSON.parse(listed.out), {
    models: [],
    skipped: [{ file: 'broken.ts', reason: 'it has no default export that is a class' }],
  })
  t.match(await runCommandLine(['models', '--dir', models]), {
    code: 1,
    err: /broken.ts cannot be used: .*\n.*check FILE/,
  })
  t.match(await runCommandLine(['models', '--dir', '/nowhere']), { code: 1, err: /cannot be read.*--dir/ })
})

t.test('serve runs the worker until it is told to stop', async (t) => {
  const database = await createTestDatabase(t)
  const args = [join(PROJECT, 'bin/ml-worker.cjs'), 'serve']
  const env = { PATH: process.env['PATH'], DATABASE_URL: database.url, PORT: '0', DATA_DIR: await dataFolder(t) }
  const child = spawn(process.execPath, args, { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg !== 'listening') continue
    t.equal((await fetch(`${url}/api/health/live`)).status, 200)
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    t.same(await gone, [0, null])
    break
  }
})

t.test('under a Node that is too old it goes on in the one that npm brought', async (t) => {
  const pretend = join(folder, 'old-node.cjs')
  await writeFile(
    pretend,
    `if (process.env.PRETENDED === undefined) {
       process.env.PRETENDED = 'once'
       Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.0' } })
     }`,
  )
  const under = { nodeOptions: ['--require', pretend] }
  t.match(await runCommandLine(['--version'], under), { code: 0, out: /^\d+\.\d+\.\d+\n$/, err: '' })
  t.match(await runCommandLine(['trian'], under), { code: 2 })
})

t.test('data describes a file, and says what is wrong with one', async (t) => {
  const described = await runCommandLine(['data', 'examples/data/iris.csv'])
  t.equal(described.code, 0, described.err)
  t.match(described.out, /^150 rows, 5 columns, 100.00 % of the cells have a value, 1 rows equal an earlier one/)
  t.match(described.out, /sepal_length +numeric +0 +35 +5.8433 +0.82807 +4.3 +5.8 +7.9 +5 \(10\)/)
  const json = await runCommandLine(['data', 'examples/data/iris.csv', '--json'])
  t.match(JSON.parse(json.out), { rows: 150, duplicate_rows: { count: 1 } })
  t.match(await runCommandLine(['data', 'no-such.csv']), { code: 1, err: /no such file/ })
  t.match(await runCommandLine(['data', 'README.md']), { code: 2, err: /none of the endings/ })
})
