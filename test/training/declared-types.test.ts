// Columns are what the model class says they are, at training and at prediction, whatever their values look like.
import t from 'tap'
import { startTrainingService } from '../support/trained.ts'

const DAYS = Array.from({ length: 12 }, (_, i) => `2026-03-${String(10 + (i % 3)).padStart(2, '0')}`)
const features = DAYS.map((day, i) => ({
  branch: 100 + (i % 3),
  day,
  wording: `late ${i % 2}`,
  amount: `${i}.5`,
  other: `${i % 4}`,
}))
const labels = DAYS.map((_, i) => ({ y: i % 2 === 0 ? 'p' : 'q' }))

t.test('declared columns are read as declared, in every form', async (t) => {
  const { train, trainToEnd, predict, post, get, database } = await startTrainingService(t, ['declared_types'])
  const { run, status } = await trainToEnd('declared_types', { features, labels })
  t.equal(status, 'SUCCESS')
  const { warnings } = (await get(`/api/runs/${run}`)).body
  // Three days would be categories, such texts too; of the column that nobody declares it is told what was decided.
  t.same(
    warnings
      .filter(({ code }: { code: string }) => /READ|TEXT/.test(code))
      .map(({ column }: { column: string }) => column),
    ['other'],
  )
  const row = { branch: '101', day: '2027-01-01', wording: 'quite another', amount: 7, other: '2' }
  const answer = await predict(run, { features: [row, { ...row, branch: 101, amount: '7' }] })
  t.match(answer, { status: 200 })
  t.same(answer.body.warnings ?? [], [], 'nothing of it is new to the model')
  const csv = 'branch,day,wording,amount,other\n101,2027-01-01,quite another,7,2\n'
  t.match(await post(`/api/predict?model_run_id=${run}`, csv, { 'content-type': 'text/csv' }), { status: 200 })

  const refused = async (body: object, expected: object): Promise<void> => {
    const given = await train('declared_types', await database.insertRun('declared_types'), { labels, ...body })
    t.match(given, { status: 400, body: { code: 'REQUEST_INVALID', errors: [expected] } })
  }
  const with5 = (more: object) => features.map((one, i) => (i === 5 ? { ...one, ...more } : one))
  await refused({ features: with5({ amount: 'much' }) }, { row: 5, column: 'amount', detail: /expected a number/ })
  await refused({ features: with5({ day: 'soon' }) }, { row: 5, column: 'day', detail: /expected an ISO date/ })
  await refused(
    { features, column_types: { amount: 'categorical' } },
    { column: 'amount', detail: 'column_types: the model takes it as numeric, not categorical' },
  )
  const same = await trainToEnd('declared_types', {
    features,
    labels,
    column_types: { amount: 'numeric', other: 'numeric' },
  })
  t.equal(same.status, 'SUCCESS')
  const fewer = features.map(({ branch, other }) => ({ branch, other }))
  t.equal((await trainToEnd('declared_types', { features: fewer, labels })).status, 'SUCCESS')
})
