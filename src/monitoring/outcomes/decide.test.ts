// Which outcome of a prediction counts.
import t from 'tap'
import { decide } from './decide.ts'
import type { GivenOutcome, KeptOutcome } from './outcome.ts'

const given = (outcome: string, occurredAt?: number): GivenOutcome => {
  return { row: 0, predictionId: '019aef5c-5a80-7000-9a3c-51e6b0000000', outcome, number: undefined, occurredAt }
}
const kept = (outcome: string, receivedAt: number, occurredAt: number | null = null): KeptOutcome => {
  return { outcome, number: null, occurredAt, receivedAt }
}

t.test('the first outcome of a prediction is added', async (t) => {
  t.same(decide(undefined, given('"a"', 5), 100), {
    kind: 'added',
    kept: kept('"a"', 100, 5),
    replaced: undefined,
  })
})

t.test('the same outcome again changes nothing', async (t) => {
  for (const [present, again] of [
    [kept('"a"', 100), given('"a"')],
    [kept('"a"', 100, 50), given('"a"', 50)],
    [kept('"a"', 100, 50), given('"a"')],
  ] as const) {
    t.same(decide(present, again, 200), { kind: 'unchanged', kept: present, replaced: undefined })
  }
})

t.test('without times the one that comes last counts', async (t) => {
  const decision = decide(kept('"a"', 100), given('"b"'), 200)
  t.same(decision, { kind: 'corrected', kept: kept('"b"', 200), replaced: kept('"a"', 100) })
})

t.test('with times the latest counts, in whichever order they come', async (t) => {
  const late = decide(kept('"a"', 100, 50), given('"b"', 60), 200)
  t.equal(late.kind, 'corrected')
  const early = decide(kept('"b"', 100, 60), given('"a"', 50), 200)
  t.same(early, { kind: 'older', kept: kept('"b"', 100, 60), replaced: kept('"a"', 200, 50) })
  t.equal(decide(kept('"a"', 100, 60), given('"b"', 60), 200).kind, 'corrected', 'of equal times the last that came')
})

t.test('a time that was not said is that at which it came', async (t) => {
  t.equal(decide(kept('"a"', 100), given('"b"', 99), 200).kind, 'older')
  t.equal(decide(kept('"a"', 100, 500), given('"b"'), 200).kind, 'older')
})
