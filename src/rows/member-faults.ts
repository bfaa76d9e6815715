// The faults of a body by its members, so that what members mean together is judged only of those that are of the schema.
import { FaultList } from '../model/faults.ts'

/** A value of a schema whose malformed members were left out, at any depth. A list with a malformed item is left out as a whole. */
export type WellFormed<Value> = Value extends (infer Item)[]
  ? WellFormed<Item>[]
  : Value extends object
    ? { [Name in keyof Value]?: WellFormed<Value[Name]> }
    : Value

export class MemberFaults extends FaultList {
  /** Members that break the schema, as their names one below the other. */
  private readonly malformed: (readonly string[])[] = []

  /** names: where the member stands; empty is the body itself. */
  addMalformed(names: readonly string[], detail: string): void {
    this.malformed.push(names)
    this.add(names.length === 0 ? { in: 'body', detail } : { in: 'body', parameter: names.join('.'), detail })
  }

  /** Whether these members are of the schema, or absent: with all that is in them. `arms`, or `review.metric`. O(malformed ones). */
  areSound(...members: readonly string[]): boolean {
    return members.every((member) => {
      const asked = member.split('.')
      return !this.malformed.some((names) => startsWith(names, asked) || startsWith(asked, names))
    })
  }
}

function startsWith(names: readonly string[], first: readonly string[]): boolean {
  return first.every((name, i) => names[i] === name)
}

/** Takes the member out of the value. Of an item of a list the list goes, for its other items have their places. */
export function leaveOut(value: unknown, names: readonly string[]): void {
  let inside = value
  let holder: { [name: string]: unknown } | undefined
  let held = ''
  for (const name of names) {
    if (typeof inside !== 'object' || inside === null) return
    if (!Array.isArray(inside)) {
      holder = inside as { [name: string]: unknown }
      held = name
    }
    inside = (inside as { readonly [name: string]: unknown })[name]
  }
  if (holder !== undefined) delete holder[held]
}
