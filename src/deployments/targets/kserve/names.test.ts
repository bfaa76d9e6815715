// Names in Kubernetes: names of DNS, and none twice.
import t from 'tap'
import { serviceName } from './names.ts'

/** Of KServe's own check, with what a label of DNS may have beside the -predictor that it adds. */
const NAME = /^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/
const nameOf = (projectName: string, environment: string, deploymentId: number, namespace = 'models') =>
  serviceName({ projectName, environment, deploymentId }, namespace)

t.test('a name says what it is of', async (t) => {
  t.equal(nameOf('iris-species', 'production', 12), 'iris-species-production-12')
  t.equal(nameOf('Kündigung (2026)', 'test', 3), 'kundigung-2026-test-3')
  t.equal(nameOf('7 days', 'a', 3), 'days-a-3')
  t.equal(nameOf('予測', '1', 3), 'deployment-3')
})

t.test('any project, environment and id gives a name that Kubernetes takes', async (t) => {
  const projects = [
    'a',
    '-',
    '日本',
    'x'.repeat(255),
    `${'a'.repeat(40)}-b`,
    'UPPER_case.dots',
    '...',
    '9',
    'a--b',
    '\u{1f600}',
  ]
  const ids = [1, 99, Number.MAX_SAFE_INTEGER]
  for (const project of projects) {
    for (const environment of ['production', 'a', `a${'-9'.repeat(19)}b`]) {
      for (const id of ids) {
        for (const namespace of ['a', 'x'.repeat(63)]) {
          const name = nameOf(project, environment, id, namespace)
          t.match(name, NAME, name)
          t.ok(name.endsWith(`-${id}`), name)
        }
      }
    }
  }
})

t.test('no two deployments have the same, and one always has the same', async (t) => {
  const names = new Set<string>()
  for (const project of ['a', 'a-1', 'a-1-1', 'x'.repeat(100), 'x'.repeat(101)]) {
    for (const id of [1, 11, 111]) names.add(nameOf(project, 'p', id * 10 + project.length))
  }
  t.equal(names.size, 15)
  t.equal(nameOf('a', 'b', 5), nameOf('a', 'b', 5))
})

t.test('where the namespace leaves room, an ingress has a name too', async (t) => {
  for (const namespace of ['models', 'n'.repeat(20)]) {
    const name = nameOf('x'.repeat(100), 'production', 123, namespace)
    t.ok(`${name}-predictor-${namespace}`.length <= 63, `${name}-predictor-${namespace}`)
  }
})
