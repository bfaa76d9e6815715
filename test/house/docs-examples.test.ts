// The pages of model developers and of the inference protocol, gone through as their readers do.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { PROJECT, runCommandLine } from '../support/command-line.ts'
import { readInferenceAnswer } from '../support/inference-answer.ts'
import { blocksOf } from '../support/pages.ts'
import { copyProject, wordsOf } from '../support/project-copy.ts'
import { startTrainingService } from '../support/trained.ts'

t.test('the first model of docs/model-developers.md passes every step', async (t) => {
  const folder = t.testdir()
  await copyProject(folder)
  const page = 'docs/model-developers.md'
  const [source] = await blocksOf(page, 'ts')
  await writeFile(join(folder, 'statistical/sepal_species.ts'), source?.text as string)
  const all = (await blocksOf(page, 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  // test/registry/outside-models.test.ts goes through the others.
  const lines = all.filter((line) => !line.includes('clinic-models'))
  const outputs: string[] = []
  for (const line of lines) {
    const [npx, command, ...args] = wordsOf(line)
    t.same([npx, command], ['npx', 'ml-worker'], line)
    const { code, out, err } = await runCommandLine(args, { folder })
    t.equal(code, 0, `${line}: ${out}${err}`)
    outputs.push(out)
  }
  const [checked, trained, , predicted] = outputs
  t.match(checked, / 0 failed\n$/)
  t.match(trained, /^metric +training +validation\naccuracy +0\.9/)
  t.match(predicted, /^species,species.probability.setosa,.*\r\nsetosa,/)
  t.equal(predicted?.trim().split('\r\n').length, 151)
})

t.test('every other class of docs/model-developers.md passes check', async (t) => {
  const folder = t.testdir()
  await copyProject(folder)
  const blocks = await blocksOf('docs/model-developers.md', 'ts')
  // test/registry/outside-models.test.ts goes through that which imports a step of its own folder.
  const isOwn = (text: string): boolean => text.includes('export default class') && !text.includes("from './")
  const classes = blocks.slice(1).filter(({ text }) => isOwn(text))
  t.equal(classes.length, 5)
  for (const [k, { text }] of classes.entries()) {
    const file = `statistical/example_${k}.ts`
    await writeFile(join(folder, file), text)
    const { code, out, err } = await runCommandLine(['check', file, '--quick'], { folder })
    t.equal(code, 0, `${out}${err}`)
    t.match(out, /it can be fitted on (numbers, strings, many categories|users and what they took)/)
  }
})

t.test('the curl line of docs/inference-protocol.md predicts an iris', async (t) => {
  const { service, trainToEnd } = await startTrainingService(t, ['iris_species'], {
    MODELS_DIR: join(PROJECT, 'statistical'),
  })
  const { model_name: _, ...body } = JSON.parse(await readFile(join(PROJECT, 'examples/iris-training.json'), 'utf8'))
  t.equal((await trainToEnd('iris_species', body)).status, 'SUCCESS')
  const [block] = await blocksOf('docs/inference-protocol.md', 'sh')
  const [curl, header, type, data, sent, url = ''] = wordsOf(block?.text ?? '')
  t.same([curl, header, type, data], ['curl', '-H', 'content-type: application/json', '-d'])
  const own = url.replace('http://127.0.0.1:5001', service.url)
  t.not(own, url)
  const headers = { 'content-type': 'application/json' }
  const answer = await readInferenceAnswer(await fetch(own, { method: 'POST', headers, body: sent as string }))
  t.match(answer, {
    status: 200,
    outputs: { species: ['versicolor'], 'species.probabilities': [Number, Number, Number] },
  })
})
