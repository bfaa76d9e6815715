// What loads as a model: a class of four lines, a class with members of its own, and a class without the base class.
import { join } from 'node:path'
import t from 'tap'
import { discoverModels } from './discover.ts'

const files = {
  'a-four-lines.mjs': `import { BaseModel, impute, oneHot, Ridge } from 'ml-worker/model'
    export default class extends BaseModel {
      name = 'four_lines'
      estimator = Ridge
      steps() { return [oneHot(), impute()] }
    }`,
  'b-own-members.mjs': `import { BaseModel, defaultsOf, impute, Pipeline, Ridge } from 'ml-worker/model'
    export default class extends BaseModel {
      name = 'own_members'
      get_default_parameters() { return { ...defaultsOf(Ridge.parameters), alpha: 2 } }
      create_pipeline(parameters) { return new Pipeline([impute()], new Ridge(parameters)) }
    }`,
  'c-no-base-class.mjs': `import { Pipeline, RandomForestClassifier } from 'ml-worker/model'
    export default class {
      name = 'no_base_class'
      feature_names = '*'
      label_names = ['y']
      get_default_parameters() { return { n_estimators: 3 } }
      create_pipeline(parameters) { return new Pipeline([], new RandomForestClassifier(parameters)) }
      validate_features() { return true }
      extract_metrics() { return {} }
    }`,
  'd-own-defaults.mjs': `import { BaseModel, Lasso } from 'ml-worker/model'
    export default class extends BaseModel {
      name = 'own_defaults'
      estimator = Lasso
      get_default_parameters() { return { ...super.get_default_parameters(), alpha: 0.5 } }
    }`,
  'n-no-estimator.mjs': `import { BaseModel } from 'ml-worker/model'
    export default class extends BaseModel { name = 'n'; create_pipeline() { return undefined } }`,
  'o-estimator-made.mjs': `import { BaseModel, Lasso } from 'ml-worker/model'
    export default class extends BaseModel { name = 'o'; estimator = new Lasso() }`,
  'p-estimator-without-parameters.mjs': `import { BaseModel } from 'ml-worker/model'
    export default class extends BaseModel { name = 'p'; estimator = class {} }`,
  'q-steps-made.mjs': `import { BaseModel, impute } from 'ml-worker/model'
    export default class extends BaseModel { name = 'q'; steps = [impute()] }`,
} as const

t.test('classes of every form are models, and what BaseModel needs is named where it is missing', async (t) => {
  const { models, skipped } = await discoverModels(t.testdir(files))
  const described = models.map(({ model, type, module }) => {
    const { steps } = model.create_pipeline(model.get_default_parameters())
    const { alpha, n_estimators } = model.get_default_parameters()
    return { name: model.name, type, steps: steps.map((step) => step.type), alpha, n_estimators, module }
  })
  t.match(described, [
    { name: 'four_lines', type: 'regressor', steps: ['one_hot', 'impute'], alpha: 1 },
    { name: 'own_members', type: 'regressor', steps: ['impute'], alpha: 2 },
    { name: 'no_base_class', type: 'classifier', steps: [], n_estimators: 3 },
    { name: 'own_defaults', type: 'regressor', steps: [], alpha: 0.5 },
  ])
  const estimator = 'estimator: expected the class of an estimator, with static parameters'
  t.same(skipped, [
    { file: 'n-no-estimator.mjs', reason: estimator },
    { file: 'o-estimator-made.mjs', reason: estimator },
    { file: 'p-estimator-without-parameters.mjs', reason: estimator },
    { file: 'q-steps-made.mjs', reason: `${estimator}; steps: expected a method` },
  ])
})

t.test('each pipeline of a class has steps of its own', async (t) => {
  const { models } = await discoverModels(join(import.meta.dirname, '../../statistical'))
  for (const { model } of models) {
    const defaults = model.get_default_parameters()
    const [first, second] = [model.create_pipeline(defaults), model.create_pipeline(defaults)]
    t.not(first.estimator, second.estimator, model.name)
    for (const [i, step] of first.steps.entries()) t.not(step, second.steps[i], `${model.name}, step ${i}`)
  }
})
