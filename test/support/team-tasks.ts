// Tasks for the tests of the thread team, in a module that a worker thread can import without running tests.
import type { TeamMember } from '../../src/learning/parallel/thread-team.ts'

/** Each member adds its part of 1 … n to a shared sum, in `rounds` with a barrier between; the sums of all rounds. */
export function sumInRounds(input: { n: number; rounds: number; sums: SharedArrayBuffer }, member: TeamMember): number {
  const sums = new Float64Array(input.sums)
  for (let round = 0; round < input.rounds; round++) {
    let own = 0
    for (let i = 1 + member.index; i <= input.n; i += member.count) own += i
    sums[round * member.count + member.index] = own
    member.barrier.wait()
    // After the barrier every member sees what all wrote in this round.
    let all = 0
    for (let m = 0; m < member.count; m++) all += sums[round * member.count + m] as number
    if (all !== (input.n * (input.n + 1)) / 2) throw new Error(`round ${round}: ${all}`)
  }
  return member.index
}

export function failInWorker(_: null, member: TeamMember): void {
  if (member.index === 1) throw new RangeError('no')
  member.barrier.wait()
}

export function waitForStop(_: null, member: TeamMember): void {
  for (;;) member.stop.throwIfSet()
}

export function exitInWorker(_: null, member: TeamMember): void {
  if (member.index === 1) process.exit(3)
  member.barrier.wait()
}
