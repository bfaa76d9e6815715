// What fitted recommenders have in common: the users of the training, and what each of them has.
import { type KnownUsers, seenBy } from './known-users.ts'

export abstract class KnownUsersRecommender {
  readonly kind = 'recommender'
  readonly columnCount = 1
  readonly known: KnownUsers

  constructor(known: KnownUsers) {
    this.known = known
  }

  get itemCount(): number {
    return this.known.itemCount
  }

  get listLength(): number {
    return this.known.listLength
  }

  get excludesSeen(): boolean {
    return this.known.excludesSeen
  }

  seenBy(user: number): Int32Array {
    return seenBy(this.known, user)
  }
}
