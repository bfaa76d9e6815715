// How many steps walks through a tree take before anybody looks whether they have ended.

/**
 * The steps that are taken at once, and those that may follow: to the mean depth of the leaves, then one by one up to the
 * deepest. Looking costs a fourth of a step; a tree that was grown leaf by leaf has few leaves that are deep.
 *
 * depthSum, depthMax: of the leaves. O(1).
 */
export function walkSteps(depthSum: number, depthMax: number, leafCount: number): [sure: number, rest: number] {
  const sure = Math.min(depthMax, Math.ceil(depthSum / leafCount))
  return [sure, depthMax - sure]
}
