// Trainings that fail, and model classes that misbehave: each ends its own run, with the reason, and nothing else.
import t from 'tap'
import { startTestService } from '../support/service.ts'
import { good, startTrainingService } from '../support/trained.ts'

const { database, trainToEnd, linesOf, get } = await startTrainingService(t, ['majority', 'misbehaving', 'unusable'])
/** What the model class wrote in the training of a run. */
async function printed(run: number): Promise<string[]> {
  const { body } = await get(`/api/runs/${run}/logs`)
  const lines = (body as string).split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line)).flatMap(({ source, text }) => (source === 'worker' ? [] : [text]))
}

t.test('a training that fails leaves FAILED, its reason cut to 255 characters, and the stack in the log', async (t) => {
  const { run, status } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'throws' } })
  t.equal(status, 'FAILED')
  t.equal((await database.run(run)).run_result, null)
  const metrics = await database.metrics(run)
  t.same(Object.keys(metrics), ['error_code', 'error_message'])
  t.equal(metrics['error_code'], 'model_failed')
  t.match(metrics['error_message'], /^the fit went wrong é+$/)
  t.equal(metrics['error_message']?.length, 255)
  const [line] = linesOf(run, 'training failed')
  t.match(line, { level: 50, errorCode: 'model_failed', stack: /misbehaving\.ts/ })
  t.notMatch(JSON.stringify(line), /went wrong/, 'its words may quote values, and stay out of the log of the worker')
  t.match((await get(`/api/runs/${run}/logs`)).body, /é{300}"/, 'the log of the run has all of them')
})

t.test('rows that only the fit can judge end in FAILED with the reason', async (t) => {
  const { run, status } = await trainToEnd('majority', { ...good, parameters: { rows_min: 4 } })
  t.equal(status, 'FAILED')
  t.same(await database.metrics(run), {
    error_code: 'data_unusable',
    error_message: '3 rows are fewer than rows_min, which is 4',
  })
})

for (const [deed, code, message] of [
  ['throws_a_string', 'model_failed', /^no more than a string$/],
  ['throws_undefined', 'model_failed', /^undefined$/],
  ['exits', 'trainer_died', /ended with code 7/],
  ['rejects_unawaited', 'trainer_died', /ended with code 1/],
] as const) {
  t.test(`a model class that does "${deed}" ends its own run`, async (t) => {
    const { run, status } = await trainToEnd('misbehaving', { ...good, parameters: { deed } })
    t.equal(status, 'FAILED')
    const metrics = await database.metrics(run)
    t.equal(metrics['error_code'], code)
    t.match(metrics['error_message'], message)
  })
}

t.test('and no other than its own: the next training works', async (t) => {
  t.equal((await trainToEnd('majority', good)).status, 'SUCCESS')
})

t.test('a promise that nobody awaited is in the log of its run, with its reason', async (t) => {
  const { run } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'rejects_unawaited' } })
  t.match((await printed(run)).join('\n'), /nobody waited for this/)
})

t.test('what a model class prints goes to the log of its run', async (t) => {
  const { run, status } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'prints' } })
  t.equal(status, 'SUCCESS')
  t.same((await printed(run)).sort(), ['complained by the model', 'printed by the model'])
})

t.test('a training that takes too long is ended, and the next one works', async (t) => {
  const limited = await startTestService(t, { DATABASE_URL: database.url, TRAIN_TIMEOUT_SECONDS: 8 })
  const run = await database.insertRun('misbehaving')
  await limited.train('misbehaving', run, { ...good, parameters: { deed: 'loops_for_ever' } })
  t.equal(await database.ended(run), 'FAILED')
  t.same(await database.metrics(run), {
    error_code: 'timed_out',
    error_message: 'the training took longer than 8 s (TRAIN_TIMEOUT_SECONDS)',
  })
  const next = await database.insertRun('majority')
  await limited.train('majority', next, good)
  t.equal(await database.ended(next), 'SUCCESS')
})

t.test('a training that takes too much memory is ended, and the next one works', async (t) => {
  const limited = await startTestService(t, { DATABASE_URL: database.url, TRAIN_MEMORY_MB: 256 })
  for (const deed of ['allocates_without_end', 'fills_the_heap']) {
    const run = await database.insertRun('misbehaving')
    await limited.train('misbehaving', run, { ...good, parameters: { deed } })
    t.equal(await database.ended(run), 'FAILED')
    const metrics = await database.metrics(run)
    t.match(`${metrics['error_code']}: ${metrics['error_message']}`, /^out_of_memory: |memory is exhausted/)
  }
  const next = await database.insertRun('majority')
  await limited.train('majority', next, good)
  t.equal(await database.ended(next), 'SUCCESS')
})

t.test('a model that was fitted but cannot be restored ends as FAILED, in words', async (t) => {
  const numbers = { ...good, labels: [{ y: 1 }, { y: 2 }, { y: 3 }], parameters: { flaw: 'refuses_state' } }
  const { run, status } = await trainToEnd('unusable', numbers)
  t.equal(status, 'FAILED')
  t.match(await database.metrics(run), { error_code: 'model_unusable', error_message: /no state is good enough/ })
  t.equal((await database.run(run)).run_result, null)
})
