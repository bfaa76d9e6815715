// Settings of the target azure_ml, and what is missing of them.
import { type Static, Type } from '@sinclair/typebox'

const text = (description: string) => Type.String({ default: '', description })
const url = (value: string, description: string) =>
  Type.String({ default: value, pattern: '^https?://[^\\s/]+', description })

export const azureMlConfig = {
  AZURE_TENANT_ID: text('Tenant of Microsoft Entra that the application is in'),
  AZURE_CLIENT_ID: text(
    'Application that the worker logs in as. Without a secret and a token file: the user-assigned managed identity of its machine; empty is the system-assigned one',
  ),
  AZURE_CLIENT_SECRET: text('Secret of that application'),
  AZURE_CLIENT_SECRET_FILE: text('A file that holds what AZURE_CLIENT_SECRET would'),
  AZURE_FEDERATED_TOKEN_FILE: text(
    'In place of the secret: a file with a token that Microsoft Entra trusts, as workload identity on Kubernetes gives it',
  ),
  AZURE_AUTHORITY_URL: url(
    'https://login.microsoftonline.com',
    'Where tokens of Microsoft Entra come from; a sovereign cloud has its own',
  ),
  AZURE_RESOURCE_MANAGER_URL: url(
    'https://management.azure.com',
    'Azure Resource Manager; a sovereign cloud has its own',
  ),
  AZURE_ML_SUBSCRIPTION_ID: text('Subscription of the Azure Machine Learning workspace that versions are deployed to'),
  AZURE_ML_RESOURCE_GROUP: text('Resource group of the workspace'),
  AZURE_ML_WORKSPACE: text('Name of the workspace'),
  AZURE_ML_DATASTORE: text("Datastore of the workspace on the container of the worker's store"),
  AZURE_ML_IMAGE: text('Container image that serves a version, as registry/name:tag: docs/deployments-azure.md'),
  AZURE_ML_INSTANCE_TYPE: Type.String({
    default: 'Standard_F2s_v2',
    minLength: 1,
    description: 'Kind of the machines of a deployment, where its settings name none',
  }),
  AZURE_ML_NAME_PREFIX: Type.String({
    default: 'mlw',
    pattern: '^[a-z][a-z0-9]{0,7}$',
    description: 'Begins the names of what the worker makes in the workspace. Workers of another database need another',
  }),
  AZURE_ML_ENDPOINT_AUTH: Type.Unsafe<'key' | 'aad_token'>({
    type: 'string',
    enum: ['key', 'aad_token'],
    default: 'key',
    description: 'What callers of a new endpoint show: its key, or a token of Microsoft Entra',
  }),
}

/** Settings that may stand in a file, NAME_FILE. */
export const AZURE_ML_SECRETS = ['AZURE_CLIENT_SECRET'] as const

/** What of the environment logs in to Azure. */
export const AZURE_ML_SECRET_VARIABLES = /^AZURE_(CLIENT_SECRET(_FILE)?|FEDERATED_TOKEN_FILE)$/

const Settings = Type.Object(azureMlConfig)
export type AzureMlSettings = Readonly<Omit<Static<typeof Settings>, 'AZURE_CLIENT_SECRET_FILE'>>

const NEEDED = [
  'AZURE_ML_SUBSCRIPTION_ID',
  'AZURE_ML_RESOURCE_GROUP',
  'AZURE_ML_WORKSPACE',
  'AZURE_ML_DATASTORE',
  'AZURE_ML_IMAGE',
] as const
const NEEDED_OF_APPLICATION = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'] as const

/** What the target lacks, in words; undefined where it can be used. storageDriver: STORAGE_DRIVER. */
export function missingOfAzureMl(settings: AzureMlSettings, storageDriver: string): string | undefined {
  const needed = isApplication(settings) ? [...NEEDED, ...NEEDED_OF_APPLICATION] : NEEDED
  const lacking: string[] = needed.filter((name) => settings[name] === '')
  // Azure mounts what its own storage holds.
  if (storageDriver !== 'azure') lacking.push('STORAGE_DRIVER=azure')
  return lacking.length === 0 ? undefined : `it needs ${lacking.join(', ')}`
}

/** The worker logs in as an application; else by the managed identity of its machine. */
export function isApplication(
  settings: Pick<AzureMlSettings, 'AZURE_CLIENT_SECRET' | 'AZURE_FEDERATED_TOKEN_FILE'>,
): boolean {
  return settings.AZURE_CLIENT_SECRET !== '' || settings.AZURE_FEDERATED_TOKEN_FILE !== ''
}
