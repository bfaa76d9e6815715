// What an operator may set of who may come in.
import { Type } from '@sinclair/typebox'
import { isRole, ROLE_NAMES } from '../permissions.ts'

const choice = (values: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', enum: values, default: values[0], description })

/** Signatures with a public key only: a secret that both sides know would let the worker make tokens, and "none" anybody. */
export const JWT_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

export const accessConfig = {
  ACCESS: choice(
    ['open', 'required'],
    'open: nobody is asked who they are; required: every call needs an API token or a JWT, but for liveness and readiness',
  ),
  METRICS_ACCESS: choice(
    ['required', 'open'],
    'With ACCESS=required: whether /metrics needs a token too, of a role that may read it',
  ),
  JWT_ISSUER: Type.String({
    default: '',
    description: 'Issuer of the JWTs that are taken: their iss, to the letter. Empty: none are taken',
  }),
  JWT_AUDIENCE: Type.String({ default: '', description: 'The audience that a JWT must be for: its aud' }),
  JWT_JWKS_URL: Type.String({
    default: '',
    pattern: '^$|^https?://',
    description: "Where the issuer's public keys are: its jwks_uri",
  }),
  JWT_ALGORITHMS: Type.String({
    default: 'RS256,PS256,ES256,EdDSA',
    description: `Signature algorithms that are taken, with commas between, of ${JWT_ALGORITHMS.join(', ')}`,
  }),
  JWT_ROLES_CLAIM: Type.String({
    default: 'roles',
    minLength: 1,
    description:
      'The claim with the roles, a list or a text with spaces; dots lead into objects, as in realm_access.roles',
  }),
  JWT_ROLES_MAP: Type.String({
    default: '',
    description: `What the issuer calls our roles, as theirs=ours with commas between. Empty: ${ROLE_NAMES.join(', ')} as they are`,
  }),
  JWT_CLOCK_SKEW_SECONDS: Type.Integer({
    default: 30,
    minimum: 0,
    maximum: 300,
    description: "How far the issuer's clock may be from ours",
  }),
}

interface JwtConfig {
  readonly JWT_ISSUER: string
  readonly JWT_AUDIENCE: string
  readonly JWT_JWKS_URL: string
  readonly JWT_ALGORITHMS: string
  readonly JWT_ROLES_MAP: string
}

/** What single settings cannot tell, a line each. */
export function accessFaults(config: JwtConfig): string[] {
  const faults: string[] = []
  const together = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'] as const
  const missing = together.filter((name) => config[name] === '')
  if (missing.length > 0 && missing.length < together.length) {
    faults.push(`${missing.join(' and ')}: ${together.join(', ')} are set together or not at all`)
  }
  const algorithms = listed(config.JWT_ALGORITHMS)
  if (algorithms.length === 0) faults.push(`JWT_ALGORITHMS: expected some of ${JWT_ALGORITHMS.join(', ')}; got none`)
  for (const name of algorithms) {
    if (!JWT_ALGORITHMS.includes(name)) faults.push(`JWT_ALGORITHMS: ${name} is none of ${JWT_ALGORITHMS.join(', ')}`)
  }
  const mapped = new Set<string>()
  for (const pair of listed(config.JWT_ROLES_MAP)) {
    const { theirs, ours } = partsOf(pair)
    if (mapped.has(theirs)) faults.push(`JWT_ROLES_MAP: ${theirs} is there twice`)
    mapped.add(theirs)
    if (theirs === '' || !isRole(ours)) {
      faults.push(`JWT_ROLES_MAP: expected theirs=ours, ours of ${ROLE_NAMES.join(', ')}; got ${pair}`)
    }
  }
  return faults
}

export function listed(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Their names may have "=" in them, ours have not. */
export function partsOf(pair: string): { readonly theirs: string; readonly ours: string } {
  const at = pair.lastIndexOf('=')
  return { theirs: pair.slice(0, Math.max(0, at)).trim(), ours: pair.slice(at + 1).trim() }
}
