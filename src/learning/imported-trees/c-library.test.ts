import t from 'tap'
import { expFloat32, logFloat32 } from './float32-functions.ts'
import { glibcExp } from './glibc-exp.ts'
import { finePowers } from './powers-of-two.ts'

// Of glibc 2.36 on x86-64, called by ctypes. Of the first eight of each the nearest number is another, or V8's is.
const EXP_FLOAT32: readonly (readonly [x: number, value: number])[] = [
  [-7.014467239379883, 0.0008987845503725111],
  [14.543718338012695, 2071365],
  [-14.27983570098877, 6.285591780397226e-7],
  [-16.750537872314453, 5.312926987244282e-8],
  [15.992122650146484, 8816387],
  [13.513144493103027, 739067.5],
  [8.841630935668945, 6916.263671875],
  [17.117769241333008, 27173948],
  [-16.306455612182617, 8.283164731892612e-8],
  [-17.925933837890625, 1.6400830915586084e-8],
  [-7.148702621459961, 0.0007858829922042787],
  [-1.9818618297576904, 0.13781242072582245],
]
const LOG_FLOAT32: typeof EXP_FLOAT32 = [
  [1.0212292671203613, 0.02100706659257412],
  [2.526904582977295, 0.9269950985908508],
  [1.0246121883392334, 0.024314189329743385],
  [2.570988893508911, 0.9442905783653259],
  [0.9523018002510071, -0.04887327924370766],
  [1.018574833869934, 0.018404429778456688],
  [1.0935583114624023, 0.08943688124418259],
  [2.5520594120025635, 0.9369006156921387],
  [3.658143997192383, 1.296955943107605],
  [0.25827667117118835, -1.3537238836288452],
  [2.901951789855957, 1.0653835535049438],
  [3.42415714263916, 1.2308553457260132],
]
const EXP: typeof EXP_FLOAT32 = [
  [4.481247081797356, 88.3447771702268],
  [-19.08339474710473, 5.154505001348719e-9],
  [-12.042083062917332, 5.891010206209888e-6],
  [13.394161905271943, 656161.289123423],
  [-12.309999327114092, 4.506456881274565e-6],
  [-2.946073830550773, 0.05254560443459127],
  [-5.699553306782343, 0.0033474604114156746],
  [16.874732219352616, 21310963.5593539],
  [-16.30645620924809, 8.283159971853905e-8],
  [-17.925933043096556, 1.640084394963734e-8],
  [-7.148702848128403, 0.0007858828298158727],
  [-1.981861829849084, 0.137812415037502],
]

t.test('exponentials and logarithms are those of the C library, to the last bit', async (t) => {
  for (const [x, value] of EXP_FLOAT32) t.equal(expFloat32(x), value, `expf ${x}`)
  for (const [x, value] of LOG_FLOAT32) t.equal(logFloat32(x), value, `logf ${x}`)
  for (const [x, value] of EXP) t.equal(glibcExp(x), value, `exp ${x}`)
})

t.test('the ends are infinite, zero, or no number', async (t) => {
  t.same([expFloat32(89), expFloat32(-110), expFloat32(Number.NaN)], [Infinity, 0, Number.NaN])
  t.same([glibcExp(800), glibcExp(-800), glibcExp(Number.NaN), glibcExp(0)], [Infinity, 0, Number.NaN, 1])
  t.same([logFloat32(0), logFloat32(1), logFloat32(-1), logFloat32(Infinity)], [-Infinity, 0, Number.NaN, Infinity])
})

t.test('powers of two are the nearest doubles, and say what they lack', async (t) => {
  const { powers, rests } = finePowers(4)
  t.equal(powers[2], Math.SQRT2)
  t.same([powers[0], rests[0]], [1, 0])
  for (const rest of rests) t.ok(Math.abs(rest) <= 2 ** -53)
})
