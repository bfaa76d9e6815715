// Every route that takes a body, with one that has a fault of form and a fault of meaning: both are to be named.
export interface BodyWithFaults {
  readonly method: 'POST' | 'PUT' | 'PATCH'
  /** As in the OpenAPI document. */
  readonly template: string
  /** RUN, WEBHOOK, MAIL, DRAFT and WON stand for ids; kinds is a project. */
  readonly path: string
  /** JSON, or a text of this type. */
  readonly body: unknown
  readonly type?: string
  /** What is told, each as its place and the beginning of its words. */
  readonly told: readonly [form: string, meaning: string, ...more: string[]]
}

/** Where nothing that is well-formed can be wrong without a look at what is stored. */
export interface BodyOfForm {
  readonly template: string
  readonly method: BodyWithFaults['method']
  readonly why: string
}

const rows = { features: [{ a: 1, b: 2 }], labels: [{ kind: 'low' }] }
const project = '/api/projects/{project}'

export const BODIES: readonly (BodyWithFaults | BodyOfForm)[] = [
  { method: 'POST', template: '/api/tokens', why: 'its members stand each for itself' },
  {
    method: 'POST',
    template: '/api/erasures',
    path: '/api/erasures',
    body: { column: '', value: 'anna@example.com', note: 'as anna@example.com asks' },
    told: ['body column', 'body note: it has the value in it'],
  },
  {
    method: 'POST',
    template: '/api/datasets',
    path: '/api/datasets?name=%21&nonsense=1&labels=nothing',
    type: 'text/csv',
    body: 'a,b\n1,2\n',
    told: ['query nonsense', 'query name', 'labels column "nothing"'],
  },
  {
    method: 'POST',
    template: '/api/datasets/uploads',
    path: '/api/datasets/uploads',
    body: { name: '!', format: 'csv', sheet: 'x', byte_length: 0 },
    told: ['body byte_length', 'body name', 'body sheet: it is of Excel workbooks only'],
  },
  { method: 'PUT', template: '/api/dataset-policies/{name}', why: 'it is held to a data set when that comes' },
  {
    method: 'POST',
    template: '/api/train',
    path: '/api/train?model_name=forest&model_run_id=RUN&nonsense=1',
    body: { ...rows, parameters: { n_estimators: -1 } },
    told: ['query nonsense', 'parameters n_estimators'],
  },
  {
    method: 'POST',
    template: '/api/runs',
    path: '/api/runs',
    body: { model_name: 'forest', dataset: { id: 'x' }, parameters: { n_estimators: -1 }, validation_split: 2 },
    told: ['body dataset.id', 'parameters n_estimators', 'validation_split'],
  },
  {
    method: 'POST',
    template: '/api/predict',
    path: '/api/predict?model_run_id=RUN&nonsense=1',
    body: { features: [{ a: 'x', b: 2 }] },
    told: ['query nonsense', 'features row 0 column "a"'],
  },
  {
    method: 'POST',
    template: '/api/webhooks',
    path: '/api/webhooks',
    body: { url: 'ftp://example.com', description: 5, format: 'alertmanager-v4', events: ['run.ended'] },
    told: ['body description', 'body url', 'body events: in the format alertmanager-v4'],
  },
  { method: 'POST', template: '/api/webhooks/deliveries/redeliver', why: 'it names a webhook, which is looked for' },
  {
    method: 'PATCH',
    template: '/api/webhooks/{webhook_id}',
    path: '/api/webhooks/WEBHOOK',
    body: { mail_to: 'a@example.com', description: 5 },
    told: ['body description', 'body mail_to: it is a webhook'],
  },
  {
    method: 'POST',
    template: '/api/webhooks/{webhook_id}/rotate',
    path: '/api/webhooks/MAIL/rotate',
    body: { overlap_seconds: -1 },
    told: ['body overlap_seconds', 'body: mail is not signed'],
  },
  {
    method: 'POST',
    template: '/api/projects',
    path: '/api/projects',
    body: { name: 'new', model_name: 'forest', task: 'x', parameters: { n_estimators: -1 }, review: { at_least: 1 } },
    told: ['body task', 'parameters n_estimators', 'body review.at_least: only a policy'],
  },
  {
    method: 'PATCH',
    template: project,
    path: '/api/projects/kinds',
    body: { task: 'x', features: ['kind'], review: { mode: 'automatic', metric: 'accuracy' } },
    told: ['body task', 'body column "kind" features: it is the label', 'body review.metric', 'body review.at_least'],
  },
  { method: 'PUT', template: `${project}/aliases/{alias}`, why: 'it names a version, which is looked for' },
  {
    method: 'POST',
    template: `${project}/versions`,
    path: '/api/projects/kinds/versions',
    body: { parent: 'x', parameters: { n_estimators: -1 }, split_by: { as: 'x' } },
    told: ['body parent', 'parameters n_estimators', 'split_by'],
  },
  {
    method: 'POST',
    template: `${project}/versions/imports`,
    path: '/api/projects/kinds/versions/imports',
    type: 'multipart/form-data; boundary=x',
    body: '--x\r\ncontent-disposition: form-data; name="options"\r\n\r\n{"nonsense": 1, "classes": ["a", "a"]}\r\n--x--\r\n',
    told: ['options nonsense', 'options classes: "a" is there twice', 'model: missing'],
  },
  {
    method: 'POST',
    template: `${project}/versions/{version}/reviews`,
    path: '/api/projects/kinds/versions/1/reviews',
    body: { decision: 'rejected', nonsense: 1 },
    told: ['body nonsense', 'body note: missing'],
  },
  {
    method: 'POST',
    template: `${project}/environments/{environment}/deployments`,
    path: '/api/projects/kinds/environments/production/deployments',
    body: { version: 1, alias: 'champion', note: 5, settings: { cpu: '1' }, instances: 2 },
    told: ['body note', 'body version: say it, or alias', 'body settings.cpu', 'body instances'],
  },
  {
    method: 'POST',
    template: `${project}/environments/{environment}/rollback`,
    why: 'it names a deployment, which is looked for',
  },
  {
    method: 'POST',
    template: `${project}/environments/{environment}/scale`,
    path: '/api/projects/kinds/environments/production/scale',
    body: { instances: 2, nonsense: 1 },
    told: ['body nonsense', 'body instances: the target local has one'],
  },
  {
    method: 'POST',
    template: `${project}/predict`,
    path: '/api/projects/kinds/predict?nonsense=1',
    body: { features: [{ a: 'x', b: 2 }] },
    told: ['query nonsense', 'features row 0 column "a"'],
  },
  ...['acknowledge', 'unmute', 'resolve'].map((action) => ({
    method: 'POST' as const,
    template: `/api/alerts/{alert_id}/${action}`,
    why: 'it has a note alone',
  })),
  {
    method: 'POST',
    template: '/api/alerts/{alert_id}/mute',
    path: '/api/alerts/999/mute',
    body: { until: '2001-01-01T00:00:00Z', note: 5 },
    told: ['body note', 'body until: expected a time to come'],
  },
  {
    method: 'PUT',
    template: `${project}/alert-rules/{kind}`,
    path: '/api/projects/kinds/alert-rules/drift',
    body: { enabled: 'x', bad_windows: 3, of_windows: 2, threshold: 1, labels: { '!': 'x' } },
    told: ['body enabled', 'body bad_windows: expected up to of_windows', 'body threshold', 'body labels'],
  },
  { method: 'POST', template: `${project}/retrainings`, why: 'it names a data set, which is looked for' },
  { method: 'POST', template: `${project}/retrainings/{retraining_id}/dismiss`, why: 'it has a note alone' },
  {
    method: 'PUT',
    template: `${project}/retraining-policy`,
    path: '/api/projects/kinds/retraining-policy',
    body: { mode: 'x', bad_windows: 3, of_windows: 2, cron: '99 * * * *' },
    told: ['body mode', 'body bad_windows: expected of_windows', 'body cron'],
  },
  {
    method: 'PUT',
    template: `${project}/monitoring`,
    path: '/api/projects/kinds/monitoring',
    body: { log: 'x', window_hours: 20, window_hours_max: 2 },
    told: ['body log', 'body window_hours_max: expected at least window_hours'],
  },
  {
    method: 'POST',
    template: `${project}/outcomes`,
    path: '/api/projects/kinds/outcomes?nonsense=1',
    body: [{ prediction_id: 'x', outcome: 1 }],
    told: ['query nonsense', 'body row 0 column "prediction_id"'],
  },
  {
    method: 'POST',
    template: '/api/drift-detections',
    path: '/api/drift-detections',
    body: {
      baselineData: { rows: [{ a: 1 }] },
      currentData: { rows: [{ a: 1 }] },
      options: { psi_to_find: 'x', columns: ['b'] },
    },
    told: ['body options.psi_to_find', 'body column "b" options'],
  },
  {
    method: 'POST',
    template: `${project}/experiments`,
    path: '/api/projects/kinds/experiments',
    body: {
      name: 'new',
      mode: 'x',
      arms: [
        { name: 'control', version: 1, share: 0.6 },
        { name: 'control', version: 9, share: 0.6 },
      ],
    },
    told: ['body mode', 'body arms: the shares', 'body arms.1.name', 'body arms.1.version: project kinds has no'],
  },
  {
    method: 'PATCH',
    template: `${project}/experiments/{experiment_id}`,
    path: '/api/projects/kinds/experiments/DRAFT',
    body: { mode: 'x', shares: { control: 0.6, b: 0.6 } },
    told: ['body mode', 'body arms: the shares'],
  },
  { method: 'POST', template: `${project}/experiments/{experiment_id}/stop`, why: 'it has a reason alone' },
  {
    method: 'POST',
    template: `${project}/experiments/{experiment_id}/promote`,
    path: '/api/projects/kinds/experiments/WON/promote',
    body: { note: 5, arm: 'nobody' },
    told: ['body note', 'body arm: no such arm'],
  },
  ...['', '/versions/{model_version}'].map((version) => ({
    method: 'POST' as const,
    template: `/v2/models/{model_name}${version}/infer`,
    path: `/v2/models/forest${version.replace('{model_version}', 'RUN')}/infer`,
    body: { id: 5, inputs: [{ name: 'a', datatype: 'FP64', shape: [1], data: [1] }] },
    told: ['body: id: expected a string', 'inputs'] as const,
  })),
]

/** Bodies in which a member of a pair is malformed: the pair is not judged, and nothing else is told than that member. */
export const HALVES: readonly Omit<BodyWithFaults, 'template' | 'told'>[] = [
  { method: 'PUT', path: '/api/projects/kinds/retraining-policy', body: { bad_windows: 9, of_windows: 'x' } },
  { method: 'PUT', path: '/api/projects/kinds/alert-rules/drift', body: { bad_windows: 9, of_windows: 'x' } },
  {
    method: 'PUT',
    path: '/api/projects/kinds/alert-rules/performance',
    body: { resolve_threshold: 1e9, threshold: 'x' },
  },
  { method: 'PUT', path: '/api/projects/kinds/monitoring', body: { window_hours: 168, window_hours_max: 0 } },
  { method: 'POST', path: '/api/webhooks', body: { url: 5 } },
  { method: 'POST', path: '/api/webhooks', body: { url: 'https://example.com', format: 'x', events: ['run.ended'] } },
  {
    method: 'POST',
    path: '/api/projects',
    body: { name: 'new', model_name: 'forest', review: { mode: 'x', at_least: 1 } },
  },
  {
    method: 'POST',
    path: '/api/projects',
    body: { name: 'new', model_name: 'forest', metric: 5, review: { mode: 'automatic', at_least: 1 } },
  },
  { method: 'POST', path: '/api/projects', body: { name: 'new', model_name: 5 } },
  {
    method: 'POST',
    path: '/api/projects/kinds/environments/production/deployments',
    body: { version: 'x' },
  },
  { method: 'POST', path: '/api/projects/kinds/versions/1/reviews', body: { decision: 'rejected', note: 5 } },
  { method: 'POST', path: '/api/datasets/uploads', body: { name: 'new', format: 'x', sheet: 'x' } },
  {
    method: 'POST',
    path: '/api/projects/kinds/experiments',
    body: {
      name: 'new',
      arms: [
        { name: 'control', version: 1, share: 0.9 },
        { name: 'b', version: 2, share: 9 },
      ],
    },
  },
  {
    method: 'POST',
    path: '/api/projects/kinds/experiments',
    body: {
      name: 'new',
      arms: [
        { name: 'control', version: 'x', share: 0.5 },
        { name: 'b', version: 1, share: 0.5 },
      ],
    },
  },
  { method: 'PATCH', path: '/api/projects/kinds/experiments/DRAFT', body: { shares: { control: 0.9, b: 9 } } },
  { method: 'POST', path: '/api/projects/kinds/experiments/WON/promote', body: { arm: 5 } },
]
