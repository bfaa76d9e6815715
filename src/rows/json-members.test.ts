// Faults of form and of meaning in one answer, and what is left of a body without its malformed members.
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { ServiceError } from '../errors.ts'
import type { Fault } from '../model/faults.ts'
import { addMemberFaults, readChange, readMembers } from './json-members.ts'
import { MemberFaults } from './member-faults.ts'

const Schema = Type.Object(
  {
    least: Type.Integer({ default: 1 }),
    most: Type.Optional(Type.Integer()),
    names: Type.Optional(Type.Array(Type.String())),
    nested: Type.Optional(Type.Object({ a: Type.Optional(Type.Integer()), b: Type.Optional(Type.Integer()) })),
    items: Type.Optional(Type.Array(Type.Object({ name: Type.String(), share: Type.Number() }))),
  },
  { additionalProperties: false },
)

const request = (body: unknown) => ({
  mediaType: 'application/json',
  body: Buffer.from(JSON.stringify(body)),
})

function faultsOf(error: unknown): readonly Fault[] {
  if (error instanceof ServiceError && error.code === 'REQUEST_INVALID') return error.faults
  throw error
}

t.test(
  'members that are malformed are left out at any depth, and a list with a malformed item as a whole',
  async (t) => {
    const faults = new MemberFaults()
    const body = {
      least: 'x',
      names: ['a', 5],
      nested: { a: 'x', b: 2 },
      items: [{ name: 'a', share: 'x' }, { share: 1 }],
      'un/known~': 1,
    }
    t.same(addMemberFaults(body, Schema, faults), { nested: { b: 2 }, items: [{ name: 'a' }, { share: 1 }] })
    t.same(
      faults.listed.map(({ parameter }) => parameter).sort(),
      ['items.0.share', 'items.1.name', 'least', 'names.1', 'nested.a', 'un/known~'].sort(),
    )
    for (const member of ['least', 'names', 'names.0', 'names.1', 'nested', 'nested.a', 'nested.a.x', 'items.0']) {
      t.equal(faults.areSound(member), member === 'names.0', member)
    }
    t.ok(faults.areSound('most', 'nested.b', 'items.0.name', 'items.1.share', 'absent'))
    t.notOk(faults.areSound('most', 'least'))
  },
)

t.test('of what is no object nothing is sound, and nothing is left', async (t) => {
  for (const body of [[], 5, 'x', null]) {
    const faults = new MemberFaults()
    t.same(addMemberFaults(body, Schema, faults), {})
    t.equal(faults.count, 1)
    t.notOk(faults.areSound('most'))
  }
})

t.test('what members mean is judged beside what breaks the schema, in what is sound', async (t) => {
  const read = (body: unknown): unknown => {
    try {
      return readMembers(request(body), Schema, ({ least = 0, most = 10 }, faults) => {
        if (faults.areSound('least', 'most') && least > most)
          faults.add({ in: 'body', parameter: 'least', detail: 'above most' })
      })
    } catch (error) {
      return faultsOf(error).map(({ parameter }) => parameter)
    }
  }
  t.same(read({ most: 2 }), { least: 1, most: 2 })
  t.same(read({ least: 3, most: 2 }), ['least'])
  t.same(read({ least: 3, most: 2, names: 'x' }), ['names', 'least'])
  t.same(read({ least: 3, most: 'x' }), ['most'])
})

t.test(
  'members that are judged beside what is stored are judged at once only where the schema is broken',
  async (t) => {
    let calls = 0
    const judge = async (_: unknown, faults: MemberFaults) => {
      calls++
      faults.add({ in: 'body', detail: 'it is of mail' })
    }
    t.same(await readChange(request({ most: 2 }), Schema, judge), { least: 1, most: 2 })
    t.equal(calls, 0)
    t.equal(faultsOf(await readChange(request({ most: 'x' }), Schema, judge).catch((error) => error)).length, 2)
    const absent = () => Promise.reject(new ServiceError('PROJECT_UNKNOWN', 'there is no project'))
    t.equal(faultsOf(await readChange(request({ most: 'x' }), Schema, absent).catch((error) => error)).length, 1)
    await t.rejects(
      readChange(request({ most: 'x' }), Schema, () => Promise.reject(new TypeError('a bug'))),
      TypeError,
    )
  },
)
