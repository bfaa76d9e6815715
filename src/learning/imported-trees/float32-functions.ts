// e^x and ln x in float32 as the C library of Linux has them, to the last bit: XGBoost's answers are made of these.
import { finePowers, ROUNDER } from './powers-of-two.ts'

const PARTS = 32
const { powers } = finePowers(PARTS)
const PER_LN2 = PARTS * Math.LOG2E
/** Of 2^(r ÷ 32) for |r| ≤ 1/2: r³, r², r. */
const EXP_POLYNOMIAL = [
  0.05550361559341535 / PARTS / PARTS / PARTS,
  0.2402284522445722 / PARTS / PARTS,
  0.6931471806916203 / PARTS,
] as const
const EXP_LOWEST = -104
const EXP_HIGHEST = 88.72283172607422

/**
 * e^x for a float32 x. By Szabolcs Nagy, expf of Arm's Optimized Routines, which glibc and musl have; 0.502 units in the last
 * place. Nearly always the nearest float32, but in one of a thousand the other one.
 */
export function expFloat32(x: number): number {
  if (!(x > EXP_LOWEST && x <= EXP_HIGHEST)) return Math.fround(Math.exp(x))
  const z = PER_LN2 * x
  const k = z + ROUNDER - ROUNDER
  const r = z - k
  const part = k & (PARTS - 1)
  const scale = (powers[part] as number) * 2 ** ((k - part) / PARTS)
  const [c0, c1, c2] = EXP_POLYNOMIAL
  return Math.fround(((c0 * r + c1) * (r * r) + (c2 * r + 1)) * scale)
}

/** 1 ÷ c and ln c, for c near the middle of each sixteenth. */
const LOGARITHMS: readonly (readonly [inverse: number, logarithm: number])[] = [
  [1.398907162146528, -0.33569133332882284],
  [1.3403141896637998, -0.2929040563774074],
  [1.286432210124115, -0.2518726580937369],
  [1.2367150214269895, -0.21245868807117255],
  [1.1906977166711752, -0.17453945183745634],
  [1.1479821020556429, -0.1380057072319758],
  [1.1082251448272158, -0.10275976698545139],
  [1.0711297413057381, -0.06871392447020525],
  [1.036437278977283, -0.0357891387398228],
  [1, 0],
  [0.9492859795739057, 0.05204517742929496],
  [0.8951049428609004, 0.11081431298787942],
  [0.8476821620351103, 0.1652495223695143],
  [0.8050314851692001, 0.21687389031699977],
  [0.7664671008843108, 0.2659635028121397],
  [0.731428603316328, 0.3127556664073557],
]
const { LN2 } = Math
/** Of ln(1 + r): r⁴, r³, r². */
const LOG_POLYNOMIAL = [-0.25089342214237154, 0.333456765744066, -0.4999997485802103] as const
const OFFSET = 0x3f330000

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** ln x for a float32 x, by logf of the same library; 0.818 units in the last place. */
export function logFloat32(x: number): number {
  if (!(x >= 2 ** -126 && x < Infinity) || x === 1) return Math.fround(Math.log(x))
  float[0] = x
  const shifted = (bits[0] as number) - OFFSET
  const [inverse, logarithm] = LOGARITHMS[(shifted >> 19) & 15] as readonly [number, number]
  const k = shifted >> 23
  bits[0] = (bits[0] as number) - (k << 23)
  const r = (float[0] as number) * inverse - 1
  const r2 = r * r
  const [a0, a1, a2] = LOG_POLYNOMIAL
  return Math.fround((a0 * r2 + (a1 * r + a2)) * r2 + (logarithm + k * LN2 + r))
}
