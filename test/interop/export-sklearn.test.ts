// examples/python/export_sklearn.py with a Python that has scikit-learn and skl2onnx (PYTHON, else python3), and what it has written
// brought to a worker by npx ml-worker import.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PROJECT, runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { missing } from '../support/optional-package.ts'
import { startTestService } from '../support/service.ts'

const python = process.env['PYTHON'] ?? 'python3'
const needed = 'import joblib, onnxruntime, pandas, skl2onnx, sklearn'
const hasPython = spawnSync(python, ['-c', needed]).status === 0
const skip = hasPython
  ? ((await missing('onnxruntime-web')) ?? false)
  : `${python} (PYTHON) has no scikit-learn, skl2onnx and onnxruntime`

t.test('what scikit-learn has trained is converted, and imported from the command line', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-sklearn-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const run = promisify(execFile)
  const options = { cwd: folder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } }
  await run(python, [join(import.meta.dirname, 'make_models.py'), folder], options)
  const script = join(PROJECT, 'examples/python/export_sklearn.py')
  const exported = (model: string, rows: string, out: string) =>
    run(python, [script, `${model}.joblib`, rows, '--out', out, '--label-name', 'y'], options)
  await exported('pipeline', 'people.csv', 'pipeline')
  await exported('forest', 'numbers.csv', 'forest')
  await t.rejects(exported('hazard', 'holes.csv', 'hazard'), {
    message: /refused: the converted model says something else in \d+ of 40 rows/,
  })
  t.notOk(existsSync(join(folder, 'hazard')), 'and nothing is written')
  const missing = `import numpy, export_sklearn
export_sklearn._compare({"y": numpy.ones(1)}, [numpy.full(1, numpy.nan)], None, "y", 1e-6)`
  await t.rejects(run(python, ['-c', missing], { ...options, cwd: join(PROJECT, 'examples/python') }), {
    message: /Refused: the converted model says something else in 1 of 1 rows/,
  })

  const database = await createOwnDatabase(t)
  await database.registerModel('imported_model')
  const { service, post } = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR: 'statistical' })
  await post('/api/projects', { name: 'brought', model_name: 'imported_model' })
  const call = async (name: string, ...args: string[]) =>
    runCommandLine(
      [
        ...['import', '--project', 'brought', '--file', join(folder, name, 'model.onnx')],
        ...['--golden', join(folder, name, 'golden.json')],
        ...['--options', await readFile(join(folder, name, 'options.json'), 'utf8'), ...args],
      ],
      { environment: { ML_WORKER_URL: service.url } },
    )
  t.match(await call('pipeline'), {
    code: 0,
    out: /^version 1 \(run \d+\): it answers 40 golden rows as its framework did; the largest difference is [\d.e-]+ \(row \d+, y/,
  })
  t.match(await call('forest', '--description', 'a forest', '--json'), { code: 0, out: /"description": "a forest"/ })
  t.match(await call('forest', '--label-name', 'other'), { code: 1, err: /missing column/ })
  const nowhere = await runCommandLine(['import', '--project', 'brought', '--file', '/nowhere/at-all', '--golden', 'x'])
  t.match(nowhere, { code: 1, err: /\/nowhere\/at-all cannot be read/ })
})
