// TLS of the service: the certificate that is shown, taken anew when its files change, and how long it holds.
import type { Server, ServerOptions } from 'node:https'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { readTlsFiles, type TlsFiles, type TlsMaterial } from './tls-files.ts'

/** Not told by the system: a mount of Kubernetes changes by a symbolic link above the file. */
const LOOK_MS = 5_000
const DAY_MS = 86_400_000
/** From when on the end of a certificate is told, once a day. */
const SOON_DAYS = 14
/** Of a handshake: a client that is silent in it holds nothing for long. */
const HANDSHAKE_TIMEOUT_MS = 10_000

export class Tls {
  private readonly files: TlsFiles
  private readonly log: Logger
  private material: TlsMaterial
  private faultTold = ''
  private endToldAt = Number.NEGATIVE_INFINITY

  private constructor(files: TlsFiles, material: TlsMaterial, log: Logger) {
    this.files = files
    this.material = material
    this.log = log
  }

  /** Undefined where no files are set. Throws TlsFilesError. */
  static async open(files: TlsFiles, log: Logger): Promise<Tls | undefined> {
    const material = await readTlsFiles(files)
    if (material === undefined) return undefined
    const tls = new Tls(files, material, log)
    tls.tellEnd()
    return tls
  }

  /** Where authorities of clients are set, a client without a certificate of theirs does not come past the handshake. */
  serverOptions(): ServerOptions {
    const asksClients = this.files.TLS_CLIENT_CA_FILE !== ''
    return {
      ...this.material.context,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      ALPNProtocols: ['http/1.1'],
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
    }
  }

  /** Negative when a certificate of the chain has ended. */
  secondsLeft(): number {
    return (this.material.validUntil - Date.now()) / 1000
  }

  /** Looks at the files every five seconds, from when the app listens until it closes. */
  watch(app: FastifyInstance): void {
    let timer: NodeJS.Timeout | undefined
    let looking = Promise.resolve()
    const again = (): void => {
      timer = setTimeout(() => {
        looking = this.look(app.server as unknown as Server).then(again)
      }, LOOK_MS).unref()
    }
    app.addHook('onListen', async () => again())
    app.addHook('onClose', async () => {
      clearTimeout(timer)
      await looking
      clearTimeout(timer)
    })
  }

  /** New connections get what the files hold now. Open ones go on; what cannot be used is told once, and changes nothing. */
  async look(server: Pick<Server, 'setSecureContext'>): Promise<void> {
    try {
      const found = await readTlsFiles(this.files)
      this.faultTold = ''
      if (found !== undefined && found.digest !== this.material.digest) {
        server.setSecureContext(found.context)
        this.material = found
        this.endToldAt = Number.NEGATIVE_INFINITY
        this.log.info({ validUntil: new Date(found.validUntil).toISOString() }, 'the certificate was replaced')
      }
    } catch (error) {
      const { message } = error as Error
      if (message !== this.faultTold) {
        this.log.error(`the certificate cannot be replaced, the one before is still shown: ${message}`)
      }
      this.faultTold = message
    }
    this.tellEnd()
  }

  private tellEnd(): void {
    const { validUntil, validFrom } = this.material
    const now = Date.now()
    if (now - this.endToldAt < DAY_MS) return
    const until = new Date(validUntil).toISOString()
    if (validUntil <= now) this.log.error({ validUntil: until }, 'the certificate has expired: clients refuse it')
    else if (validUntil - now < SOON_DAYS * DAY_MS) this.log.warn({ validUntil: until }, 'the certificate expires soon')
    else if (validFrom > now)
      this.log.warn({ validFrom: new Date(validFrom).toISOString() }, 'the certificate is not valid yet')
    else return
    this.endToldAt = now
  }
}
