// The calls of docs/alerts.md in one shell, as a newcomer pastes them.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { answersOf, runLines } from '../support/shell-lines.ts'

t.test('every call of docs/alerts.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('k_nearest_neighbors_classifier')
  const { service } = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` })
  const lines = (await blocksOf('docs/alerts.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 16)
  const answers = answersOf(await runLines(t, lines, { replaced: { 'http://127.0.0.1:5001': service.url } }))
  const firing = answers.find(({ line }) => line.includes('state=firing&project=few'))?.body
  t.match(firing, { alerts: [{ kind: 'training_failed', project: 'few', details: { error_code: String } }] })
  const acted = (action: string) => answers.find(({ line }) => line.includes(`/${action}"`))?.body
  t.match(acted('acknowledge'), { acknowledged_by: 'anyone' })
  t.match(acted('mute'), { muted_until: String })
  t.match(acted('resolve'), { state: 'resolved', resolved_reason: 'fewer neighbours now' })
  t.match(answers.find(({ line }) => line.includes('state=resolved'))?.body, { alerts: [{ state: 'resolved' }] })
  t.match(answers.find(({ line }) => line.includes('PUT') && line.includes('if-match'))?.body, { enabled: false })
  t.match(answers.at(-1)?.body, { format: 'alertmanager-v4', secret: /^whsec_/ })
})
