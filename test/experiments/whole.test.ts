// Whole experiments by a real worker: requests are divided, outcomes come, and a look ends each as it should.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { ExperimentStory } from '../support/experiment-story.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority']) await database.registerModel(model)
const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
const MODELS = ['majority', 'forest', 'forest']
const EASY = { min_sample_size: 50, max_duration_days: 1 }

/** An experiment of its own project; the control always says the same. arm: the version that is compared with it. */
async function begin(name: string, more: object = {}, models = MODELS) {
  const { path } = await experimentProject(service, name, models)
  const id = await startExperiment(service, path, twoArms('story', { ...EASY, ...more }))
  const story = new ExperimentStory(database, service, name, id)
  await story.traffic.begun(service)
  return { story, path: `${path}/${id}`, environment: `/api/projects/${name}/environments/production` }
}

const keys = (word: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${word} ${i}`)

t.test('a better version wins, and is deployed where the plan says so', async (t) => {
  const { story, path, environment } = await begin('better', { auto_promote: true })
  const told = await story.ask(keys('user', 240))
  await story.tell(told)
  const results = await story.concluded()
  t.match(results, {
    is_deciding: true,
    summary: /"b" is better than "control" in accuracy/,
    experiment: {
      outcome: 'winner',
      winner: 'b',
      finding: String,
      deciding_look: results.look_id,
      promoted_as: Number,
    },
    sample: { needed: 50 },
    sample_ratio: { state: 'ok' },
    metrics: [{ metric: 'accuracy', is_primary: true, arm: 'b', verdict: 'wins', is_paired: false }],
  })
  const [control, b] = results.arms
  t.equal(control.labelled + b.labelled, 240)
  t.ok(b.accuracy > control.accuracy)
  t.ok(b.p50_ms > 0 && b.p99_ms >= b.p50_ms)
  await until(async () => (await service.get(`${environment}/current`)).body.version === 2)
  const current = (await service.get(`${environment}/current`)).body
  t.equal(current.id, results.experiment.promoted_as)

  // Late outcomes change nothing of it.
  const before = (await service.get(`${path}/results`)).body
  await service.post(
    '/api/projects/better/outcomes',
    told.slice(0, 50).map((each) => ({ ...each, outcome: 'low' })),
  )
  const after = (await service.get(`${path}/results`)).body
  t.same({ ...after, experiment: {} }, { ...before, experiment: {} })

  const { looks } = (await service.get(`${path}/looks`)).body
  t.equal(looks[0].look_id, results.look_id)
  t.same((await service.get(`${path}/results?look=${looks.at(-1).look_id}`)).body.look_id, looks.at(-1).look_id)
  t.match(await service.get(`${path}/results?look=${2 ** 40}`), { status: 404, body: { code: 'LOOK_UNKNOWN' } })
  const report = await service.get(`${path}/report`)
  t.equal(report.status, 200)
  t.match(report.body, /is better than &quot;control&quot; in accuracy/)
  t.match(report.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
})

t.test('outcomes that come by the key of a column count for the arm that answered the key', async (t) => {
  const { story } = await begin('keyed')
  const words = { log: 'sampled', rate: 0.01, key_column: 'order' }
  await service.put('/api/projects/keyed/monitoring', words, { 'if-match': '"1"' })
  const asked = keys('order', 240)
  const told = await story.ask(asked, '', 'order')
  await story.tell(told.map(({ outcome }, i) => ({ key: asked[i] as string, outcome })))
  // As if the two minutes were over in which predictions may still be on their way.
  await database.owner.query('update ml_worker.keyed_outcomes set try_at = now()')
  await until(async () => (await database.owner.query('select from ml_worker.keyed_outcomes')).rowCount === 0)
  const results = await story.concluded()
  t.match(results, { experiment: { outcome: 'winner', winner: 'b' } })
  const [control, b] = results.arms
  t.equal(control.labelled + b.labelled, 240)
  t.ok(b.accuracy > control.accuracy)
})

t.test('versions that say the same are equivalent, by pairs of shadow predictions', async (t) => {
  const more = { mode: 'split+shadow', equivalence_margin: 0.2 }
  const { story } = await begin('alike', more, ['forest', 'forest'])
  await story.tell(await story.ask(keys('user', 200)))
  const results = await story.concluded()
  t.match(results, {
    experiment: { outcome: 'equivalent' },
    metrics: [{ method: 'paired_e_process', is_paired: true, difference: 0, discordant: { control_right: 0 } }],
    equivalence: { margin: 0.2, is_reached: true },
  })
})

t.test('an arm that fails is stopped, without a single outcome', async (t) => {
  // The classifier that always says the same explains nothing.
  const { story } = await begin('failing', {}, ['forest', 'majority'])
  await story.ask(keys('user', 120), '&explain=true')
  const results = await story.concluded()
  t.match(results, {
    experiment: { outcome: 'guardrail_stop', finding: /A guardrail was broken/ },
    guardrails: [{ metric: 'errors', arm: 'b', is_broken: true, control: 0 }],
  })
})

t.test('a split that is broken outside of the worker ends it as invalid', async (t) => {
  const { story } = await begin('broken')
  // Somebody sends the keys of one arm alone.
  await story.ask(await story.traffic.keysOf(0, 150))
  t.match(await story.concluded(), { experiment: { outcome: 'invalid', finding: /Units did not fall/ } })
})

t.test('a time without a decision ends without one, and the control goes on', async (t) => {
  const { story, environment } = await begin('undecided', { label_window_hours: 0, min_sample_size: 5000 })
  await story.tell(await story.ask(keys('user', 60)))
  await database.owner.query(`update ml_worker.experiments set assigns_until = now() where experiment_id = $1`, [
    story.traffic.experiment,
  ])
  t.match(await story.concluded(), { experiment: { outcome: 'no_decision', finding: /too few to decide by/ } })
  t.equal((await service.get(`${environment}/current`)).body.version, 1)
  const { body } = await story.traffic.predict(service, 'user 1')
  t.equal(body.deployment.experiment, undefined)
})

t.test('figures of Prometheus tell of each experiment', async (t) => {
  const { body } = await service.get('/metrics')
  const told = [
    'ml_worker_experiment_state{state="winner",project="better",experiment="story"} 1',
    'ml_worker_experiment_state{state="guardrail_stop",project="failing",experiment="story"} 1',
  ]
  for (const line of told) {
    const [, name, labels] = /^(\w+)\{(.*)\} 1$/.exec(line) as RegExpExecArray
    const found = (body as string).split('\n').filter((each) => each.startsWith(`${name}{`))
    const wanted = (labels as string).split(',')
    t.ok(
      found.some((each) => wanted.every((label) => each.includes(label)) && each.endsWith(' 1')),
      line,
    )
  }
  t.match(body, /ml_worker_experiment_units\{[^}]*project="better"[^}]*\} \d+/)
  t.match(body, /ml_worker_experiment_evidence\{[^}]*project="better"[^}]*\} \d/)
  t.match(body, /ml_worker_experiment_look_failures_total 0/)
})
