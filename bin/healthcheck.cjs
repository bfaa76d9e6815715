// For the HEALTHCHECK of the image and for exec probes: ends with 0 while the worker of this machine answers.
const secure = Boolean(process.env.TLS_CERT_FILE)
const { get } = require(secure ? 'node:https' : 'node:http')

const url = `${secure ? 'https' : 'http'}://127.0.0.1:${process.env.PORT || 5001}/api/health/live`
// Not asked whose certificate it is: it is of another name than the loopback address.
const asked = get(url, { rejectUnauthorized: false, timeout: 2_500 }, (answer) => {
  process.exit(answer.statusCode === 200 ? 0 : 1)
})
asked.on('timeout', () => process.exit(1))
// With mutual TLS the refusal of a client without a certificate is the answer of a worker that lives.
asked.on('error', ({ code }) => process.exit(code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' ? 0 : 1))
