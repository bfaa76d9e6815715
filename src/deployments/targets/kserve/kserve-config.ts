// Settings of the target kserve, and what is missing of them.
import { Type } from '@sinclair/typebox'

const text = (description: string) => Type.String({ default: '', description })
/** A name in Kubernetes (RFC 1123), or nothing. */
const name = (description: string) =>
  Type.String({ default: '', pattern: '^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$', description })
const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount'

export const kserveConfig = {
  KSERVE_IMAGE: text(
    'Image of this worker, with its model classes, that containers of the target kserve run. Empty: there is no such target',
  ),
  KSERVE_NAMESPACE: Type.String({
    default: 'default',
    pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
    description: 'Namespace of Kubernetes in which deployments to kserve are made',
  }),
  KSERVE_BUNDLES: Type.Unsafe<'worker' | 'store'>({
    type: 'string',
    enum: ['worker', 'store'],
    default: 'worker',
    description: 'Where containers fetch their version: from PUBLIC_URL of this worker, or from the store by KServe',
  }),
  KSERVE_TOKEN_SECRET: name(
    'Secret of that namespace whose key `token` is the API token that containers fetch their version with. Empty: none',
  ),
  KSERVE_SERVICE_ACCOUNT: name(
    'Service account of that namespace for the containers, as for a store that needs one. Empty: the default one',
  ),
  KUBERNETES_API_URL: Type.String({
    default: 'https://kubernetes.default.svc',
    pattern: '^https?://[^\\s/]+',
    description: 'Where the API of Kubernetes is; by default that of the cluster which the worker runs in',
  }),
  KUBERNETES_TOKEN_FILE: Type.String({
    default: `${MOUNTED}/token`,
    description: 'Holds the token for that API, and is read anew for each call. Empty: none is sent',
  }),
  KUBERNETES_CA_FILE: Type.String({
    default: `${MOUNTED}/ca.crt`,
    description: 'Authorities of the certificate of that API, in PEM. Empty: those that Node knows',
  }),
}

export interface KserveSettings {
  readonly PUBLIC_URL: string
  readonly KSERVE_IMAGE: string
  readonly KSERVE_NAMESPACE: string
  readonly KSERVE_BUNDLES: 'worker' | 'store'
  readonly KSERVE_TOKEN_SECRET: string
  readonly KSERVE_SERVICE_ACCOUNT: string
  readonly KUBERNETES_API_URL: string
  readonly KUBERNETES_TOKEN_FILE: string
  readonly KUBERNETES_CA_FILE: string
}

/** What the target lacks, in words; undefined where it can be used. storageDriver: STORAGE_DRIVER. */
export function missingOfKserve(settings: KserveSettings, storageDriver: string): string | undefined {
  const { KSERVE_IMAGE, KSERVE_BUNDLES, PUBLIC_URL } = settings
  const lacking: string[] = []
  if (KSERVE_IMAGE === '') lacking.push('KSERVE_IMAGE')
  if (KSERVE_BUNDLES === 'worker' && PUBLIC_URL === '') lacking.push('PUBLIC_URL')
  if (KSERVE_BUNDLES === 'store' && storageDriver === 'local') lacking.push('STORAGE_DRIVER=s3, gcs or azure')
  return lacking.length === 0 ? undefined : `the target kserve needs ${lacking.join(', ')}`
}
