// What may be done, and which role may do it. Each route states the permission that it needs.

export const PERMISSIONS = {
  'health:read': 'see whether the worker can take work, and what stands against it',
  'metrics:read': "read Prometheus's figures, with METRICS_ACCESS=required",
  'models:read': 'see the models, their parameters, and the inputs and outputs of their versions',
  'predictions:create': 'predict',
  'runs:read': 'see runs: their state, progress, logs, events and reports',
  'runs:create': 'train, and cancel trainings',
  'datasets:read': 'see data sets: their rows, statistics and reports',
  'datasets:write': 'keep and delete data sets',
  'projects:read': 'see projects, their versions, aliases and lineage',
  'projects:write': 'make, change and archive projects, train their versions, and move aliases',
  'deployments:read': 'see what is deployed, and what was, and fetch versions in one file, to serve them elsewhere',
  'deployments:write': 'deploy versions, roll back, scale and undeploy',
  'outcomes:create': 'say what was true of predictions',
  'monitoring:read':
    'see how predictions are watched: what is counted, what looks found, alerts, and the settings of that',
  'monitoring:write': 'change how predictions are watched: settings, and the rules of alerts',
  'predictions:read': 'see and fetch predictions that are kept, with their rows',
  'retrainings:create': 'begin retrainings, and accept and dismiss those that wait',
  'experiments:read': 'see experiments, their results, and which arm a key is assigned to',
  'experiments:write': 'draft experiments and change drafts; who may deploy starts, stops and promotes them',
  'alerts:handle': 'acknowledge, mute and resolve alerts',
  'drift:detect': 'compare two samples of rows',
  'versions:sign': 'sign the manifest of a version that was made before signing was on',
  'reviews:request': 'ask for the review of a version',
  'reviews:decide': 'approve and reject versions, revoke approvals, and let a policy approve them',
  'audit:read': 'read the audit',
  'erasures:create': 'have the rows of a person erased, and see what was erased',
  'webhooks:manage': 'make, change and delete webhooks and mail, and see and repeat their deliveries',
  'tokens:manage': 'make, list and revoke API tokens',
} as const

export type Permission = keyof typeof PERMISSIONS

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[]

const CLIENT = ['health:read', 'models:read', 'predictions:create'] as const
const SEES = ['metrics:read', 'runs:read', 'datasets:read', 'projects:read', 'deployments:read'] as const
const LOOKS = [
  ...CLIENT,
  ...SEES,
  'monitoring:read',
  'predictions:read',
  'experiments:read',
  'alerts:handle',
  'drift:detect',
] as const
const SERVICE = [
  ...LOOKS,
  ...(['runs:create', 'datasets:write', 'projects:write', 'reviews:request'] as const),
  ...(['monitoring:write', 'outcomes:create', 'retrainings:create', 'experiments:write'] as const),
] as const

/** A caller may have several roles: then it may do what any of them may. */
export const ROLES = {
  client: [...CLIENT, 'outcomes:create'],
  service: [...SERVICE, 'deployments:write'],
  data_scientist: SERVICE,
  reviewer: [...LOOKS, 'audit:read', 'reviews:decide', 'deployments:write'],
  admin: PERMISSION_NAMES,
} as const satisfies Readonly<Record<string, readonly Permission[]>>

export type Role = keyof typeof ROLES

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[]

export function isRole(name: string): name is Role {
  return Object.hasOwn(ROLES, name)
}

/** What callers with these roles may do. */
export function permissionsOf(roles: readonly Role[]): ReadonlySet<Permission> {
  return new Set(roles.flatMap((role): readonly Permission[] => ROLES[role]))
}

/** The roles that may do it, in the order of the list. */
export function rolesWith(permission: Permission): Role[] {
  return ROLE_NAMES.filter((name) => (ROLES[name] as readonly Permission[]).includes(permission))
}
