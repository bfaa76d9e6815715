// Where a falling function reaches a value.

/**
 * The x from 0 on at which `tail`, which falls from 1 or more towards 0, reaches p; by halving, to the last digit.
 * p: above 0. O(1) calls of `tail`, about 70.
 */
export function invertTail(tail: (x: number) => number, p: number): number {
  let [low, high] = [0, 1]
  while (tail(high) > p && high < Number.MAX_VALUE / 2) {
    low = high
    high *= 2
  }
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (tail(middle) > p) low = middle
    else high = middle
  }
}
