// What an operator may set of the door: who is let in, and how much of each caller.
import { Type } from '@sinclair/typebox'
import { count } from '../config-values.ts'

export const httpConfig = {
  TRUST_PROXY: Type.String({
    default: '',
    description:
      'Proxies whose X-Forwarded-For is believed: addresses and networks, as 10.0.0.7,10.1.0.0/16. Empty: none',
  }),
  RATE_LIMIT_PER_SECOND: count({
    default: 0,
    minimum: 0,
    maximum: 1_000_000,
    description:
      'Requests a second of one caller, a token or else an address; beyond it the answer is 429. 0: no limit',
  }),
  RATE_LIMIT_BURST: count({
    default: 0,
    minimum: 0,
    maximum: 1_000_000,
    description: 'Requests of one caller that may come at once. 0: RATE_LIMIT_PER_SECOND',
  }),
  BODIES_IN_FLIGHT_MAX: count({
    default: 0,
    minimum: 0,
    maximum: 100_000,
    description: 'Unanswered requests with a body of one caller; beyond it the answer is 429. 0: no limit',
  }),
  TLS_CERT_FILE: Type.String({
    default: '',
    description:
      'Certificate of the service with its chain, in PEM; with it the service speaks HTTPS alone. Empty: HTTP',
  }),
  TLS_KEY_FILE: Type.String({ default: '', description: 'Private key of TLS_CERT_FILE, in PEM' }),
  TLS_KEY_PASSPHRASE_FILE: Type.String({ default: '', description: 'Passphrase of TLS_KEY_FILE. Empty: none' }),
  TLS_CLIENT_CA_FILE: Type.String({
    default: '',
    description:
      'Authorities, in PEM, of whom each client must show a certificate (mutual TLS). Empty: none is asked for',
  }),
}
