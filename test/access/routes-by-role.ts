// Every route of the worker and the roles that may call it, by hand: what src/permissions.ts is held to.
import { good } from '../support/trained.ts'

export const ROLES = ['client', 'service', 'data_scientist', 'reviewer', 'admin'] as const
export type Role = (typeof ROLES)[number]

const ALL: readonly Role[] = ROLES
const TRAINS: readonly Role[] = ['service', 'data_scientist', 'admin']
const LOOKS: readonly Role[] = ['service', 'data_scientist', 'reviewer', 'admin']
const AUDITS: readonly Role[] = ['reviewer', 'admin']
const ADMIN: readonly Role[] = ['admin']

export interface Row {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** As in the OpenAPI document, where it is in there. */
  readonly template?: string
  /** Who may; 'open': everybody; 'known': everybody who is known, tokens of projects too. */
  readonly who: readonly Role[] | 'open' | 'known'
  /** What those get who may. */
  readonly status: number
  readonly body?: unknown
}

/** RUN is a run that succeeded. */
export const ROWS: readonly Row[] = [
  { method: 'GET', path: '/metrics', who: LOOKS, status: 200 },
  { method: 'GET', path: '/api/health', who: ALL, status: 200 },
  { method: 'GET', path: '/api/health/ready', who: 'open', status: 200 },
  { method: 'GET', path: '/api/health/live', who: 'open', status: 200 },
  { method: 'GET', path: '/api/models', who: ALL, status: 200 },
  { method: 'GET', path: '/api/audit-events', who: AUDITS, status: 200 },
  { method: 'POST', path: '/api/tokens', who: ADMIN, status: 400, body: {} },
  { method: 'GET', path: '/api/tokens', who: ADMIN, status: 200 },
  {
    method: 'POST',
    path: '/api/tokens/000000000000/revoke',
    template: '/api/tokens/{token_id}/revoke',
    who: ADMIN,
    status: 404,
  },
  { method: 'POST', path: '/api/erasures', who: ADMIN, status: 400, body: {} },
  { method: 'GET', path: '/api/erasures', who: ADMIN, status: 200 },
  { method: 'GET', path: '/api/erasures/1', template: '/api/erasures/{erasure_id}', who: ADMIN, status: 404 },
  { method: 'POST', path: '/api/datasets', who: TRAINS, status: 400, body: {} },
  { method: 'GET', path: '/api/datasets', who: LOOKS, status: 200 },
  { method: 'POST', path: '/api/datasets/uploads', who: TRAINS, status: 400, body: {} },
  {
    method: 'POST',
    path: '/api/datasets/uploads/00000000-0000-4000-8000-000000000000/complete',
    template: '/api/datasets/uploads/{upload_id}/complete',
    who: TRAINS,
    status: 404,
    body: '',
  },
  {
    method: 'PUT',
    path: '/api/dataset-policies/x',
    template: '/api/dataset-policies/{name}',
    who: TRAINS,
    status: 400,
    body: {},
  },
  { method: 'GET', path: '/api/dataset-policies', who: LOOKS, status: 200 },
  {
    method: 'GET',
    path: '/api/dataset-policies/x',
    template: '/api/dataset-policies/{name}',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'DELETE',
    path: '/api/dataset-policies/x',
    template: '/api/dataset-policies/{name}',
    who: TRAINS,
    status: 404,
  },
  { method: 'GET', path: '/api/datasets/1', template: '/api/datasets/{dataset_id}', who: LOOKS, status: 404 },
  { method: 'DELETE', path: '/api/datasets/1', template: '/api/datasets/{dataset_id}', who: TRAINS, status: 404 },
  {
    method: 'GET',
    path: '/api/datasets/1/preview',
    template: '/api/datasets/{dataset_id}/preview',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/datasets/1/statistics',
    template: '/api/datasets/{dataset_id}/statistics',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/datasets/1/report',
    template: '/api/datasets/{dataset_id}/report',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/datasets/1/content',
    template: '/api/datasets/{dataset_id}/content',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/datasets/1/comparison?with=2',
    template: '/api/datasets/{dataset_id}/comparison',
    who: LOOKS,
    status: 404,
  },
  { method: 'GET', path: '/api/retention', who: AUDITS, status: 200 },
  { method: 'GET', path: '/api/whoami', who: 'known', status: 200 },
  {
    method: 'POST',
    path: '/api/train?model_name=majority&model_run_id=RUN',
    template: '/api/train',
    who: TRAINS,
    status: 409,
    body: good,
  },
  { method: 'POST', path: '/api/runs', who: TRAINS, status: 400, body: {} },
  { method: 'GET', path: '/api/runs', who: LOOKS, status: 200 },
  { method: 'HEAD', path: '/api/runs', who: LOOKS, status: 200 },
  {
    method: 'POST',
    path: '/api/runs/RUN/cancel',
    template: '/api/runs/{model_run_id}/cancel',
    who: TRAINS,
    status: 409,
  },
  { method: 'GET', path: '/api/runs/RUN', template: '/api/runs/{model_run_id}', who: LOOKS, status: 200 },
  { method: 'GET', path: '/api/runs/RUN/logs', template: '/api/runs/{model_run_id}/logs', who: LOOKS, status: 200 },
  { method: 'GET', path: '/api/runs/RUN/events', template: '/api/runs/{model_run_id}/events', who: LOOKS, status: 200 },
  { method: 'GET', path: '/api/runs/RUN/report', template: '/api/runs/{model_run_id}/report', who: LOOKS, status: 200 },
  {
    method: 'GET',
    path: '/api/runs/RUN/artifacts',
    template: '/api/runs/{model_run_id}/artifacts',
    who: LOOKS,
    status: 200,
  },
  {
    method: 'POST',
    path: '/api/predict?model_run_id=RUN',
    template: '/api/predict',
    who: ALL,
    status: 200,
    body: { features: good.features },
  },
  { method: 'GET', path: '/v2', who: 'known', status: 200 },
  { method: 'GET', path: '/v2/', template: '/v2', who: 'known', status: 200 },
  { method: 'GET', path: '/v2/health/live', who: 'open', status: 200 },
  { method: 'GET', path: '/v2/health/ready', who: 'open', status: 200 },
  { method: 'GET', path: '/v2/models/majority', template: '/v2/models/{model_name}', who: ALL, status: 200 },
  {
    method: 'GET',
    path: '/v2/models/majority/ready',
    template: '/v2/models/{model_name}/ready',
    who: ALL,
    status: 200,
  },
  {
    method: 'POST',
    path: '/v2/models/majority/infer',
    template: '/v2/models/{model_name}/infer',
    who: ALL,
    status: 400,
    body: {},
  },
  {
    method: 'GET',
    path: '/v2/models/majority/versions/RUN',
    template: '/v2/models/{model_name}/versions/{model_version}',
    who: ALL,
    status: 200,
  },
  {
    method: 'GET',
    path: '/v2/models/majority/versions/RUN/ready',
    template: '/v2/models/{model_name}/versions/{model_version}/ready',
    who: ALL,
    status: 200,
  },
  {
    method: 'POST',
    path: '/v2/models/majority/versions/RUN/infer',
    template: '/v2/models/{model_name}/versions/{model_version}/infer',
    who: ALL,
    status: 400,
    body: {},
  },
  { method: 'POST', path: '/api/projects', who: TRAINS, status: 400, body: {} },
  { method: 'GET', path: '/api/projects', who: LOOKS, status: 200 },
  { method: 'GET', path: '/api/projects/nobody', template: '/api/projects/{project}', who: LOOKS, status: 404 },
  {
    method: 'PATCH',
    path: '/api/projects/nobody',
    template: '/api/projects/{project}',
    who: TRAINS,
    status: 404,
    body: {},
  },
  {
    method: 'POST',
    path: '/api/projects/nobody/archive',
    template: '/api/projects/{project}/archive',
    who: TRAINS,
    status: 404,
    body: {},
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/aliases',
    template: '/api/projects/{project}/aliases',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/aliases/champion',
    template: '/api/projects/{project}/aliases/{alias}',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'PUT',
    path: '/api/projects/nobody/aliases/champion',
    template: '/api/projects/{project}/aliases/{alias}',
    who: TRAINS,
    status: 400,
    body: {},
  },
  {
    method: 'DELETE',
    path: '/api/projects/nobody/aliases/champion',
    template: '/api/projects/{project}/aliases/{alias}',
    who: TRAINS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/aliases/champion/history',
    template: '/api/projects/{project}/aliases/{alias}/history',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'POST',
    path: '/api/projects/nobody/versions',
    template: '/api/projects/{project}/versions',
    who: TRAINS,
    status: 404,
    body: {},
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/versions',
    template: '/api/projects/{project}/versions',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/trainings',
    template: '/api/projects/{project}/trainings',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/versions/1',
    template: '/api/projects/{project}/versions/{version}',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/versions/1/lineage',
    template: '/api/projects/{project}/versions/{version}/lineage',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/leaderboard',
    template: '/api/projects/{project}/leaderboard',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/comparison?versions=1,2',
    template: '/api/projects/{project}/comparison',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/comparison/report?versions=1,2',
    template: '/api/projects/{project}/comparison/report',
    who: LOOKS,
    status: 404,
  },
  {
    method: 'POST',
    path: '/api/projects/nobody/versions/1/reproduction',
    template: '/api/projects/{project}/versions/{version}/reproduction',
    who: TRAINS,
    status: 404,
    body: {},
  },
  {
    method: 'GET',
    path: '/api/projects/nobody/versions/1/reproduction',
    template: '/api/projects/{project}/versions/{version}/reproduction',
    who: LOOKS,
    status: 404,
  },
  { method: 'GET', path: '/openapi.json', who: 'open', status: 200 },
  { method: 'GET', path: '/docs', who: 'open', status: 200 },
  { method: 'GET', path: '/docs/static/index.html', who: 'open', status: 200 },
  // No such routes: strangers do not learn which there are.
  { method: 'GET', path: '/api/nothing', who: 'known', status: 404 },
  { method: 'POST', path: '/api/models', who: 'known', status: 404, body: {} },
  { method: 'GET', path: '/', who: 'known', status: 404 },
]

export const nameOf = ({ method, path }: Row): string => `${method} ${path}`
