// Certificates for a test, made by openssl in a folder.
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Runs openssl in a folder. */
export function opensslIn(folder: string): (...args: string[]) => Buffer {
  return (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}

/** An authority of its own: name.key and name.crt. */
export function makeAuthority(folder: string, name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes']
  opensslIn(folder)('req', '-x509', '-newkey', 'rsa:2048', '-keyout', `${name}.key`, '-out', `${name}.crt`, ...subject)
}

export interface CertificateRequest {
  /** Of an authority of the folder. */
  readonly by: string
  readonly subject: string
  /** As subjectAltName says them, such as DNS:localhost. */
  readonly names: string
  readonly days?: number
}

/** A certificate of an authority: name.key and name.crt. */
export async function makeCertificate(folder: string, name: string, request: CertificateRequest): Promise<void> {
  const { by, subject, names, days = 2 } = request
  const openssl = opensslIn(folder)
  const subjectOf = ['-subj', `/CN=${subject}`]
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, ...subjectOf)
  await writeFile(join(folder, `${name}.names`), `subjectAltName=${names}`)
  const signing = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-extfile', `${name}.names`]
  openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signing, '-days', String(days))
}
