// The Kolmogorov–Smirnov statistic of many values: four terms of its expansion in 1/√n.

/**
 * P(D ≤ d) of n values (Pelz and Good 1976, "Approximating the lower tail-areas of the Kolmogorov–Smirnov one-sample
 * statistic"): K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^1.5 with z = √n d, each by theta functions of exp(−π²/(8z²)).
 * Good to about 10 digits from 140 values on. O(z).
 */
export function pelzGood(d: number, n: number): number {
  const z = Math.sqrt(n) * d
  const [z2, z4, z6, z8] = [z ** 2, z ** 4, z ** 6, z ** 8]
  const pi2 = Math.PI ** 2
  const [pi4, pi6] = [pi2 ** 2, pi2 ** 3]
  // Sums over the odd m of (a polynomial in m²) · exp(−π² m² / (8z²)).
  let [k0, k1, k2, k3] = [0, 0, 0, 0]
  const termCount = Math.ceil((16 * z) / Math.PI)
  for (let k = termCount; k >= 1; k--) {
    const m2 = (2 * k - 1) ** 2
    const [m4, m6] = [m2 ** 2, m2 ** 3]
    const weight = Math.exp((-pi2 * m2) / (8 * z2))
    k0 += weight
    k1 += weight * ((pi2 / 4) * m2 - z2)
    k2 += weight * (6 * z6 + 2 * z4 + (pi2 / 4) * (2 * z4 - 5 * z2) * m2 + (pi4 / 16) * (1 - 2 * z2) * m4)
    const k3b = (pi2 / 4) * (135 * z4 - 96 * z6)
    const k3c = (pi4 / 16) * (212 * z4 - 60 * z2)
    k3 += weight * (-30 * z6 - 90 * z8 + k3b * m2 + k3c * m4 + (pi6 / 64) * (5 - 30 * z2) * m6)
  }
  // Sums over all m of the same, with exp(−π² m² / (2z²)).
  let [k2Even, k3Even] = [0, 0]
  for (let k = termCount; k >= 1; k--) {
    const square = pi2 * k * k
    const weight = Math.exp(-square / (2 * z2))
    k2Even += weight * square
    k3Even += weight * square * (3 * z2 - square)
  }
  const root = Math.sqrt(2 * Math.PI)
  const inverse = 1 / Math.sqrt(n)
  return (
    root *
    (k0 / z +
      (inverse * k1) / (6 * z4) +
      inverse ** 2 * (k2 / (72 * z ** 7) - k2Even / (36 * z ** 3)) +
      inverse ** 3 * (k3 / (6480 * z ** 10) + k3Even / (216 * z6)))
  )
}
