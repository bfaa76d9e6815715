// Who refers to stored objects: rooms say which keys are theirs, and which of them they still need.

export interface ObjectOwner {
  /** Of all keys of the room, such as "sha256/". Rooms may share one: an object is needed as long as one of them needs it. */
  readonly prefix: string
  /** Those of the keys, up to 1000, that the room needs. When it throws, nothing is deleted. */
  inUse(keys: readonly string[]): Promise<Set<string>>
}

const PREFIX = /^([A-Za-z0-9][A-Za-z0-9._-]*\/)+$/

export class ObjectReferences {
  private readonly owners = new Map<string, ObjectOwner>()

  /** name: of the room. Throws where it is taken, or the prefix is not made of parts of keys that each end in "/". */
  register(name: string, owner: ObjectOwner): void {
    if (this.owners.has(name)) throw new Error(`two rooms register the objects of ${name}`)
    if (!PREFIX.test(owner.prefix)) {
      throw new Error(`the prefix of ${name}: expected parts of keys with "/" after each, got "${owner.prefix}"`)
    }
    this.owners.set(name, owner)
  }

  /** Whether a room says that keys like this one are its own. Others are none of ours to judge. */
  isOwned(key: string): boolean {
    return [...this.owners.values()].some(({ prefix }) => key.startsWith(prefix))
  }

  /** Those of the keys that a room needs. Throws what a room throws. */
  async inUse(keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>()
    for (const { prefix, inUse } of this.owners.values()) {
      const own = keys.filter((key) => key.startsWith(prefix))
      if (own.length === 0) continue
      for (const key of await inUse(own)) found.add(key)
    }
    return found
  }
}
