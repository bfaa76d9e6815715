// Prints the folds that a search makes of 90 rows of three classes, for generate_search.py.
import { kFold, stratifiedKFold } from '../../src/learning/model-selection/splits.ts'

const codes = Int32Array.from(JSON.parse(process.argv[2] as string) as number[])
const listed = (splits: ReturnType<typeof kFold>) =>
  splits.map(({ training, validation }) => ({ training: [...training], validation: [...validation] }))
const stratified = listed(stratifiedKFold({ codes, classNames: ['a', 'b', 'c'] }, 5, 3))
process.stdout.write(JSON.stringify({ plain: listed(kFold(codes.length, 5, 3)), stratified }))
