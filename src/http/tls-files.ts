// The certificate, its key and the authorities of clients, out of files: read, and held to one another.
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** Paths; an empty one is none. */
export interface TlsFiles {
  readonly TLS_CERT_FILE: string
  readonly TLS_KEY_FILE: string
  readonly TLS_KEY_PASSPHRASE_FILE: string
  readonly TLS_CLIENT_CA_FILE: string
}

export interface TlsMaterial {
  /** Of all files. */
  readonly digest: string
  readonly context: SecureContextOptions
  /** When the first certificate of the chain ends, and when the last one begins, in ms since 1970. */
  readonly validUntil: number
  readonly validFrom: number
}

/** What is wrong with the files, in one line that names the setting. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError'
}

const FILE_BYTES_MAX = 2 ** 20
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Undefined where there is no TLS. Throws TlsFilesError. */
export async function readTlsFiles(files: TlsFiles): Promise<TlsMaterial | undefined> {
  if (Object.values(pathsOf(files)).every((path) => path === '')) return undefined
  for (const needed of ['TLS_CERT_FILE', 'TLS_KEY_FILE'] as const) {
    if (files[needed] === '') throw new TlsFilesError(`${needed} is missing: TLS needs a certificate and its key`)
  }
  const cert = await textOf('TLS_CERT_FILE', files)
  const key = await textOf('TLS_KEY_FILE', files)
  const passphrase = (await textOf('TLS_KEY_PASSPHRASE_FILE', files)).replace(/\r?\n$/, '')
  const ca = await textOf('TLS_CLIENT_CA_FILE', files)
  const chain = certificatesIn('TLS_CERT_FILE', cert)
  const leaf = chain[0] as X509Certificate
  if (!leaf.checkPrivateKey(privateKeyOf(key, passphrase))) {
    throw new TlsFilesError('TLS_KEY_FILE: the key is not that of the first certificate of TLS_CERT_FILE')
  }
  if (files.TLS_CLIENT_CA_FILE !== '') certificatesIn('TLS_CLIENT_CA_FILE', ca)
  const context: SecureContextOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ...(passphrase === '' ? {} : { passphrase }),
    ...(ca === '' ? {} : { ca }),
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw new TlsFilesError(`TLS_CERT_FILE, TLS_KEY_FILE: ${(error as Error).message}`)
  }
  return {
    digest: createHash('sha256')
      .update(JSON.stringify([cert, key, passphrase, ca]))
      .digest('hex'),
    context,
    validUntil: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
    validFrom: Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom))),
  }
}

function pathsOf({ TLS_CERT_FILE, TLS_KEY_FILE, TLS_KEY_PASSPHRASE_FILE, TLS_CLIENT_CA_FILE }: TlsFiles): TlsFiles {
  return { TLS_CERT_FILE, TLS_KEY_FILE, TLS_KEY_PASSPHRASE_FILE, TLS_CLIENT_CA_FILE }
}

/** Empty where there is no file. */
async function textOf(setting: keyof TlsFiles, files: TlsFiles): Promise<string> {
  if (files[setting] === '') return ''
  try {
    await using file = await open(files[setting])
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_BYTES_MAX + 1), 0, FILE_BYTES_MAX + 1, 0)
    if (bytesRead > FILE_BYTES_MAX) throw new Error('expected at most 1 MiB')
    if (bytesRead === 0) throw new Error('the file is empty')
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    throw new TlsFilesError(`${setting}: ${(error as Error).message}`)
  }
}

function certificatesIn(setting: keyof TlsFiles, text: string): X509Certificate[] {
  const parts = text.match(CERTIFICATE) ?? []
  if (parts.length === 0) throw new TlsFilesError(`${setting}: expected certificates in PEM (BEGIN CERTIFICATE)`)
  return parts.map((part, i) => {
    try {
      return new X509Certificate(part)
    } catch (error) {
      throw new TlsFilesError(`${setting}: certificate ${i + 1} cannot be read: ${(error as Error).message}`)
    }
  })
}

function privateKeyOf(key: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key, ...(passphrase === '' ? {} : { passphrase }) })
  } catch (error) {
    if (!/ENCRYPTED/.test(key)) {
      throw new TlsFilesError(`TLS_KEY_FILE: expected a private key in PEM: ${(error as Error).message}`)
    }
    const what = passphrase === '' ? 'needs its passphrase in TLS_KEY_PASSPHRASE_FILE' : 'has another passphrase'
    throw new TlsFilesError(`TLS_KEY_FILE: the key is encrypted and ${what}`)
  }
}
