// ml-worker alerts against a running worker.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { openAlertWorker, windowOf } from '../support/alert-worker.ts'
import { runCommandLine } from '../support/command-line.ts'
import { insertVersions } from '../support/versions.ts'

const { adminToken, database, service } = await startGuardedService(t)
const project = await insertVersions(database, 'watched', 2)
const worker = openAlertWorker(t, database)
const environment = { ML_WORKER_URL: service.url, ML_WORKER_TOKEN: adminToken }
const call = (...args: string[]) => runCommandLine(['alerts', ...args], { environment })

t.test('from the list to the end of an alert', async (t) => {
  t.match(await call('list'), { code: 0, out: 'there are no such alerts\n' })
  const of = { environment: 'production', version: 2 }
  await worker.tell(windowOf(project, 0, 'high', of), windowOf(project, 0, 'medium', { kind: 'coverage' }))
  const listed = await call('list')
  t.match(listed.out, /\n1 +drift +watched +production +2 +high +firing +2026-03-01T00:00:00.000Z *\n$/)
  t.match((await call('list', '--state', 'all', '--project', 'watched')).out, /\n2 +coverage +watched +medium +pending/)
  t.match(await call('acknowledge', '--id', '1', '--note', 'on it'), { code: 0, out: 'alert 1 is acknowledged\n' })
  t.match(await call('mute', '--id', '1', '--hours', '2'), { code: 0, out: /^alert 1 is muted until 2\S+Z\n$/ })
  t.match((await call('list')).out, /acknowledged by token\/\w+, muted until 2/)
  t.match(await call('unmute', '--id', '1'), { code: 0, out: 'alert 1 is told again\n' })
  t.match(await call('resolve', '--id', '1', '--note', 'done'), { code: 0, out: 'alert 1 is resolved\n' })
  t.match((await call('show', '--id', '1')).out, /\nresolved +\S+ +token\/\w+ +done\n$/)
  t.match(JSON.parse((await call('show', '--id', '1', '--json')).out), { id: 1, state: 'resolved' })
})

t.test('what is called wrongly is named', async (t) => {
  t.match(await call('resolve', '--id', '1'), { code: 1, err: /ALERT_RESOLVED/ })
  t.match(await call('resolve', '--id', '99'), { code: 1, err: /ALERT_UNKNOWN/ })
  t.match(await call('mute', '--id', '2'), { code: 2, err: /--hours is missing/ })
  t.match(await call('mute', '--id', '2', '--hours', '9000'), { code: 2, err: /--hours: expected up to 8760/ })
  t.match(await call('list', '--state', 'lost'), { code: 2, err: /--state: expected one of pending, firing, resolved/ })
  t.match(await call('erase'), { code: 2, err: /expected list, show, acknowledge/ })
})
