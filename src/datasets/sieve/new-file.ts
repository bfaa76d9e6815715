// A file that a thread writes in small parts, sealed where there is a key for it. Writing blocks.
import { closeSync, openSync, writeSync } from 'node:fs'
import { cipherWith } from '../../encryption/key-ring.ts'
import { Sealer } from '../../encryption/sealing.ts'
import type { SealedBody } from '../../rows/byte-window.ts'

/** Written to the disk at once. */
const WRITE_BYTES = 2 ** 18

export class NewFile {
  private readonly descriptor: number
  private readonly sealer: Sealer | undefined
  private readonly held = Buffer.allocUnsafe(WRITE_BYTES)
  private heldLength = 0

  /** Throws where there is such a file. To be closed. */
  constructor(target: string | SealedBody) {
    const { path, sealing } = typeof target === 'string' ? { path: target, sealing: undefined } : target
    this.descriptor = openSync(path, 'wx', 0o600)
    if (sealing === undefined) return
    this.sealer = new Sealer(cipherWith(sealing))
    this.write(Buffer.from(sealing.header, 'base64'))
  }

  add(bytes: Uint8Array): void {
    if (this.sealer === undefined) this.write(bytes)
    else for (const chunk of this.sealer.add(bytes)) this.write(chunk)
  }

  /** To be called once, after all bytes. */
  end(): void {
    if (this.sealer !== undefined) this.write(this.sealer.end())
    this.flush()
  }

  close(): void {
    closeSync(this.descriptor)
  }

  private write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + WRITE_BYTES - this.heldLength)
      this.held.set(part, this.heldLength)
      this.heldLength += part.length
      at += part.length
      if (this.heldLength === WRITE_BYTES) this.flush()
    }
  }

  private flush(): void {
    for (let at = 0; at < this.heldLength; ) {
      at += writeSync(this.descriptor, this.held, at, this.heldLength - at)
    }
    this.heldLength = 0
  }
}
