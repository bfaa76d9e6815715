import t from 'tap'
import { experimentKeyIn } from './experiment-key-in.ts'

const keyIn = (value: object, tail = ''): string | undefined => {
  const json = Buffer.from(JSON.stringify(value))
  return experimentKeyIn(Buffer.concat([json, Buffer.from(tail)]), tail === '' ? undefined : json.length)
}

t.test('the key is that of the request’s own parameters', async (t) => {
  t.equal(keyIn({ inputs: [], parameters: { experiment_key: 'Müller' } }), 'Müller')
  t.equal(keyIn({ parameters: { experiment_key: 'k' } }, 'binary tensors'), 'k')
  t.equal(keyIn({ inputs: [{ parameters: { experiment_key: 'of an input' } }] }), undefined)
  t.equal(keyIn({ inputs: [{ data: ['"experiment_key"'] }] }), undefined)
  t.equal(keyIn({ parameters: null, experiment_key: 'k' }), undefined)
})

t.test('what is no usable key is none: whoever reads the request says so', async (t) => {
  for (const key of ['', 7, null, 'x'.repeat(201), '\ud83d']) {
    t.equal(keyIn({ parameters: { experiment_key: key } }), undefined, JSON.stringify(key))
  }
  t.equal(experimentKeyIn(Buffer.from('{"parameters":{"experiment_key":'), undefined), undefined)
  t.equal(experimentKeyIn(undefined, undefined), undefined)
  const large = { parameters: { experiment_key: 'k' }, inputs: [{ data: 'x'.repeat(2 ** 20) }] }
  t.equal(keyIn(large), undefined)
})
