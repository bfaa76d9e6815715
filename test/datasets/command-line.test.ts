// Data sets of a running worker, on the command line: described, trained from and predicted.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createKeyFile } from '../../src/encryption/key-file.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'

const forest = join(import.meta.dirname, '../models/forest.ts')
const CSV = { 'content-type': 'text/csv' }
const rows = Array.from({ length: 40 }, (_, i) => ({ a: i + 0.5, b: i % 3, kind: i < 20 ? 'low' : 'high' }))
const TEXT = `a;b;kind\n${rows.map(({ a, b, kind }) => `${String(a).replace('.', ',')};${b};${kind}\n`).join('')}`

for (const isSealed of [false, true]) {
  t.test(isSealed ? 'with keys' : 'without keys', async (t) => {
    const database = await createOwnDatabase(t)
    const folder = t.testdir({ storage: {} })
    const ENCRYPTION_KEY_FILE = isSealed ? join(folder, 'key') : ''
    if (isSealed) await createKeyFile(ENCRYPTION_KEY_FILE)
    const shared = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: join(folder, 'storage'), ENCRYPTION_KEY_FILE }
    const environment = { ...shared, DATA_DIR: await dataFolder(t) }
    const { post } = await startTestService(t, shared)
    await post('/api/datasets?name=kinds', 'a,kind\n1,x\n', CSV)
    const { body: kept } = await post('/api/datasets?name=kinds&labels=kind&separator=semicolon', TEXT, CSV)
    const { body: list } = await post('/api/datasets?name=list', rows)
    const run = (...args: string[]) => runCommandLine(args, { environment, folder })

    t.match(await run('data', '--dataset', 'kinds'), { code: 0, out: /^40 rows, 3 columns/ }, 'the newest of the name')
    const out = join(folder, 'kinds.artifact')
    const split = ['--validation-split', '0.25', '--split-by', '{"column":"b","as":"group"}']
    const trained = await run('train', forest, '--dataset', String(kept.id), '--feature', 'a', ...split, '--out', out)
    t.match(trained, { code: 0, out: /rows/ })
    t.match(await run('predict', out, '--dataset', 'list', '--model', forest, '--extra-columns', 'drop'), {
      code: 0,
      out: /^kind\r\nlow\r\n/,
    })
    const files = join(folder, 'rows.csv')
    await writeFile(files, TEXT)
    const [ofDataset, again, ofFile] = ['one', 'again', 'two'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    for (const to of [ofDataset, again]) {
      t.equal((await run('train', forest, '--dataset', 'kinds', '--out', to)).code, 0)
    }
    t.ok((await readFile(ofDataset)).equals(await readFile(again)), 'the same rows give the same artifact')
    t.equal(
      (await run('train', forest, '--data', files, '--label', 'kind', '--separator', 'semicolon', '--out', ofFile))
        .code,
      0,
    )
    // Only a training from a data set keeps a forest that finds anomalous rows.
    const predict = ['--dataset', 'list', '--model', forest, '--extra-columns', 'drop', '--probabilities']
    const [said, saidOfFile] = [await run('predict', ofDataset, ...predict), await run('predict', ofFile, ...predict)]
    t.match(said, { code: 0, out: /^kind/ })
    t.equal(said.out, saidOfFile.out, 'and the same predictions, whatever they come from')

    const wrong: [string[], 1 | 2, RegExp][] = [
      [['data'], 2, /FILE is missing/],
      [['data', 'rows.csv', '--dataset', 'kinds'], 2, /in place of a file/],
      [['data', '--dataset', '999'], 1, /there is no data set 999/],
      [['data', '--dataset', 'nobody'], 1, /there is no data set "nobody"/],
      [['data', '--dataset', 'kinds', '--separator', 'tab'], 2, /--separator: a data set says itself/],
      [['train', forest, '--data', files, '--label', 'kind', '--feature', 'a'], 2, /--feature is of a data set/],
      [['train', forest, '--dataset', String(list.id)], 2, /--label is missing/],
      [['train', forest, '--dataset', 'kinds', '--feature', 'z'], 1, /"z", missing column/],
    ]
    for (const [args, code, err] of wrong) t.match(await run(...args), { code, err }, args.join(' '))
    if (isSealed) {
      const keyless = { ...environment, ENCRYPTION_KEY_FILE: '' }
      const refused = await runCommandLine(['data', '--dataset', 'kinds'], { environment: keyless, folder })
      t.match(refused, { code: 1, err: /--dataset: .*key/ })
    }
  })
}
