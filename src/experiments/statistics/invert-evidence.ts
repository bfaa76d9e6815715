// Confidence sequences from tests: the values that the evidence does not speak against.

const HALVINGS = 200

/**
 * Where a function that rises from `inside` towards `outside` reaches `level`; `outside` where it stays below. By halving, to the
 * last digit; O(1) calls, about 60. inside: where it is below the level.
 */
export function crossingOf(lnE: (at: number) => number, level: number, inside: number, outside: number): number {
  let [near, far] = [inside, outside]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (near + far) / 2
    if (middle === near || middle === far) break
    if (lnE(middle) < level) near = middle
    else far = middle
  }
  return far
}
