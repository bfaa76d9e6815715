// Whether the nodes of one tree are a tree: all of its children exist, and no node is reached twice.

/**
 * What is wrong; undefined where nothing is. children: of a split its left and right one, an index of a split or ~ that of a
 * leaf. All splits and leaves have to be reached where `isWhole`. Without recursion; O(splits + leaves).
 */
export function faultOfShape(
  splitCount: number,
  leafCount: number,
  children: (split: number) => readonly [left: number, right: number],
  isWhole: boolean,
): string | undefined {
  if (splitCount === 0) return isWhole && leafCount !== 1 ? `expected 1 leaf, got ${leafCount}` : undefined
  const splits = new Uint8Array(splitCount)
  const leaves = new Uint8Array(leafCount)
  const open = [0]
  splits[0] = 1
  let reached = 1
  while (open.length > 0) {
    const split = open.pop() as number
    for (const child of children(split)) {
      const [seen, index] = child < 0 ? [leaves, ~child] : [splits, child]
      if (!(index < seen.length)) return `split ${split} leads to ${nameOf(child)}, which is not there`
      if (seen[index] === 1) return `${nameOf(child)} is reached twice`
      seen[index] = 1
      reached += 1
      if (child >= 0) open.push(child)
    }
  }
  const unreached = splitCount + leafCount - reached
  return isWhole && unreached > 0 ? `${unreached} splits and leaves are not reached from the first` : undefined
}

function nameOf(child: number): string {
  return child < 0 ? `leaf ${~child}` : `split ${child}`
}
