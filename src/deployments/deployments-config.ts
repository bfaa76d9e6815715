// What an operator may set of deployments.
import { count } from '../config-values.ts'

export const deploymentsConfig = {
  DEPLOY_TIMEOUT_SECONDS: count({
    default: 1_800,
    maximum: 86_400,
    description: 'How long a deployment may take from its request until it is active, in seconds; then it has failed',
  }),
}
