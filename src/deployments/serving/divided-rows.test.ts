import t from 'tap'
import type { AskedVersion, DividedPrediction } from './divided-prediction.ts'
import { type DividedRowsParts, dividedRows } from './divided-rows.ts'

const asked = (runId: number): AskedVersion => ({ ...({ runId } as AskedVersion), watch: undefined })

function scripted() {
  const warned: unknown[] = []
  const divided: DividedPrediction = {
    ...{ first: asked(2), hasOther: true, instead: () => asked(1) },
    ...{ onPredicted() {}, onFailed() {} },
  }
  const source = dividedRows({
    divided,
    enrolled: { experimentId: 7, arm: { name: 'b' }, isRepeated: false } as DividedRowsParts['enrolled'],
    predictor: {} as DividedRowsParts['predictor'],
    log: { warn: (words: unknown) => void warned.push(words) },
    ...{ onPredicted() {}, onFailed() {} },
  })
  return { source, warned }
}
const story = {} as Parameters<DividedRowsParts['onPredicted']>[0]

t.test('an arm that fails is logged where the control takes the rows', async (t) => {
  const { source, warned } = scripted()
  const error = new Error('gone')
  const other = source.instead?.(error)
  t.equal(other?.runId, 1)
  t.same(warned, [])
  other?.onPredicted?.(story)
  t.match(warned, [{ err: error, experimentId: 7, arm: 'b' }])
})

t.test('rows that nobody takes are the fault of no arm, and nothing is logged of it', async (t) => {
  const { source, warned } = scripted()
  source.instead?.(new Error('no such column'))?.onFailed?.(new Error('no such column'))
  t.same(warned, [])
})
