import t from 'tap'
import { placesOf } from './stack-places.ts'

const HERE = /^ {4}at file:\/\/\/.*stack-places\.test\.ts:\d+:\d+$/m

t.test('gives the places of an error, and no word of its message', async (t) => {
  for (const forged of [
    'Zebra',
    'Zebra\n    at Zebra',
    '\n    at Zebra (file:///Zebra.ts:1:2)',
    '\n    at Zebra (/Zebra:1:2)\n    at async Zebra (node:Zebra:1:1)\n',
    '\n    at Zebra (file:///:7391:7391)',
    `\n    at Zebra (${import.meta.filename}:7391:7391)`,
    `at ${import.meta.url}:7391:7391`,
  ]) {
    for (const error of [new Error(forged), new TypeError(`${forged} is no number`), new RangeError(`got ${forged}`)]) {
      const places = placesOf(error.stack, error.message)
      t.notMatch(places, /Zebra|7391/, JSON.stringify(forged))
      t.match(places, HERE)
    }
  }
})

t.test('leaves out the name of a function, which data may give', async (t) => {
  const name = 'Zebra'
  const of = { [name]: () => new Error('no') }
  const error = of[name]?.() as Error
  t.match(error.stack, /Zebra/)
  t.notMatch(placesOf(error.stack, error.message), /Zebra/)
})

t.test('gives nothing where the message is not in the stack, and of no stack', async (t) => {
  const error = new Error('\n    at Zebra (file:///Zebra.ts:1:2)')
  const { stack } = error
  error.message = 'another'
  t.equal(placesOf(stack, error.message), '')
  t.equal(placesOf(undefined, ''), '')
})

t.test('a stack of any length is read in bounds', async (t) => {
  const stack = `Error: no\n${`    at a (${import.meta.filename}:1:1)\n`.repeat(100_000)}`
  t.equal(placesOf(stack, 'no').split('\n').length, 30)
})
