import pino from 'pino'
import t from 'tap'
import type { Actor } from '../caller.ts'
import { ServiceError } from '../errors.ts'
import { Authentication, type Identity } from './authentication.ts'

const MINUTE = 60_000

/** Credentials by what they stand for, a clock that the test turns, and how often was looked. */
function standing() {
  const state = { now: 1_000_000_000_000, looks: 0, isAway: false, failed: [] as string[], touched: 0, isSlowed: false }
  const holders = new Map<string, Identity>()
  const gates: Promise<void>[] = []
  const authentication = new Authentication({
    identifyToken: async () => undefined,
    async identifyJwt(credential) {
      state.looks += 1
      const found = holders.get(credential)
      await gates.at(-1)
      if (state.isAway) throw new ServiceError('ISSUER_UNAVAILABLE', 'away')
      return found
    },
    failures: {
      delayOrRefuse(address) {
        if (state.isSlowed) throw new ServiceError('RATE_LIMITED', address)
      },
      failed: (address) => state.failed.push(address),
    },
    log: pino({ level: 'silent' }),
    now: () => state.now,
  })
  const add = (credential: string, more: Partial<Identity> = {}): void => {
    const actor: Actor = { name: `jwt/${credential}`, permissions: new Set() }
    const onUsed = async (): Promise<void> => {
      state.touched += 1
    }
    holders.set(credential, { actor, expiresAt: Number.POSITIVE_INFINITY, freshMs: 10_000, onUsed, ...more })
  }
  const ask = async (credential: string, address = 'a'): Promise<string> =>
    Promise.resolve()
      .then(() => authentication.authenticate(`Bearer ${credential}`, address))
      .then(
        ({ name }) => name,
        (error) => error.code,
      )
  return { state, holders, gates, authentication, add, ask }
}

t.test('a caller that is known is not looked at again for a while, and then at once', async (t) => {
  const { state, add, ask, authentication } = standing()
  add('a')
  t.equal(await ask('a'), 'jwt/a')
  t.equal((authentication.authenticate('bearer  a', '') as Actor).name, 'jwt/a', 'at once, without a promise')
  state.now += 9_999
  await ask('a')
  t.equal(state.looks, 1)
  state.now += 1
  t.same(await Promise.all([ask('a'), ask('a'), ask('a')]), ['jwt/a', 'jwt/a', 'jwt/a'])
  t.equal(state.looks, 2, 'one look for all who ask together')
})

t.test('what is no good is refused without a look, and counted each time by its address', async (t) => {
  const { state, ask } = standing()
  for (const address of ['x', 'y', 'x']) t.equal(await ask('bad', address), 'UNAUTHENTICATED')
  t.equal(state.looks, 1)
  t.same(state.failed, ['x', 'y', 'x'])
  state.now += 5_000
  await ask('bad', 'x')
  t.equal(state.looks, 2)
})

t.test('strangers push no caller out', async (t) => {
  const { state, add, ask } = standing()
  add('a', { freshMs: 10 * MINUTE })
  await ask('a')
  for (let i = 0; i < 20_001; i++) await ask(`bad${i}`)
  const { looks } = state
  t.equal(await ask('a'), 'jwt/a')
  t.equal(state.looks, looks)
})

t.test('callers go on for ten minutes without an answer, others do not', async (t) => {
  const { state, add, ask } = standing()
  add('a')
  add('short', { expiresAt: state.now + 5 * MINUTE })
  t.same([await ask('a'), await ask('short')], ['jwt/a', 'jwt/short'])
  state.isAway = true
  state.now += 4 * MINUTE
  t.same([await ask('a'), await ask('short'), await ask('b')], ['jwt/a', 'jwt/short', 'ISSUER_UNAVAILABLE'])
  const { looks } = state
  await ask('a')
  t.equal(state.looks, looks, 'it is not asked again at once: that takes seconds')
  state.now += MINUTE
  t.equal(await ask('short'), 'UNAUTHENTICATED', 'what is over is over')
  state.now += 5 * MINUTE
  t.equal(await ask('a'), 'jwt/a')
  state.now += 5_000
  t.equal(await ask('a'), 'ISSUER_UNAVAILABLE')
  state.isAway = false
  t.equal(await ask('a'), 'jwt/a')
})

t.test('what was forgotten is looked at again, also where a look had begun', async (t) => {
  const { state, add, ask, authentication, gates, holders } = standing()
  add('a')
  let open = (): void => {}
  gates.push(new Promise<void>((resolve) => (open = resolve)))
  const begun = ask('a')
  await new Promise(setImmediate)
  holders.delete('a')
  authentication.forget()
  gates.length = 0
  t.equal(await ask('a'), 'UNAUTHENTICATED', 'it does not wait for the look of before')
  open()
  t.equal(await begun, 'jwt/a', 'which came before the revocation')
  t.equal(await ask('a'), 'UNAUTHENTICATED', 'and is not remembered')
  t.equal(state.looks, 2)
})

t.test('the use of a token is told once a minute', async (t) => {
  const { state, add, ask } = standing()
  add('a')
  for (let i = 0; i < 50; i++) {
    await ask('a')
    state.now += 3_000
  }
  t.equal(state.touched, 3)
})

t.test('an Authorization header of another form is none', async (t) => {
  const { state, authentication } = standing()
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic a',
    'Bearer a b',
    'Bearer ä',
    `Bearer ${'a'.repeat(9000)}`,
  ]) {
    t.throws(() => authentication.authenticate(header, ''), { code: 'UNAUTHENTICATED' }, String(header?.slice(0, 20)))
  }
  t.equal(state.looks, 0)
})
