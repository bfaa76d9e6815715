// Seals and opens the chunks of one object. Each object has a key of its own, so that no nonce comes twice with a key.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CHUNK_LENGTH, NONCE_LENGTH, SealedError, TAG_LENGTH } from './sealed-layout.ts'

const ALGORITHM = 'aes-256-gcm'
/** Bytes of the salt in each nonce; behind them stand the number of the chunk and whether it is the last. */
const NONCE_SALT_LENGTH = 7

export class ObjectCipher {
  private readonly dataKey: Buffer
  private readonly nonce = Buffer.alloc(NONCE_LENGTH)
  private readonly associated: Buffer

  /** objectId: what the bytes are, and of whom; they can be opened as nothing else. */
  constructor(dataKey: Buffer, salt: Buffer, objectId: string) {
    this.dataKey = dataKey
    salt.copy(this.nonce, 0, 0, NONCE_SALT_LENGTH)
    this.associated = Buffer.from(objectId, 'utf8')
  }

  /** One chunk, with its tag. O(bytes). */
  seal(index: number, isLast: boolean, plain: Uint8Array): Buffer {
    const cipher = createCipheriv(ALGORITHM, this.dataKey, this.nonceOf(index, isLast), { authTagLength: TAG_LENGTH })
    cipher.setAAD(this.associated)
    const bytes = cipher.update(plain)
    cipher.final()
    return Buffer.concat([bytes, cipher.getAuthTag()])
  }

  /** The bytes of a chunk. Throws SealedError 'damaged' when it is not the one that was sealed in this place. O(bytes). */
  open(index: number, isLast: boolean, sealed: Uint8Array): Buffer {
    const end = sealed.length - TAG_LENGTH
    const nonce = this.nonceOf(index, isLast)
    if (end < 0) throw damaged(index)
    const cipher = createDecipheriv(ALGORITHM, this.dataKey, nonce, { authTagLength: TAG_LENGTH })
    cipher.setAAD(this.associated)
    cipher.setAuthTag(sealed.subarray(end))
    const bytes = cipher.update(sealed.subarray(0, end))
    try {
      cipher.final()
    } catch {
      throw damaged(index)
    }
    return bytes
  }

  private nonceOf(index: number, isLast: boolean): Buffer {
    this.nonce.writeUInt32BE(index, NONCE_SALT_LENGTH)
    this.nonce.writeUInt8(isLast ? 1 : 0, NONCE_LENGTH - 1)
    return this.nonce
  }
}

function damaged(index: number): SealedError {
  const place = `in the ${CHUNK_LENGTH / 1024} KiB from byte ${index * CHUNK_LENGTH} on`
  return new SealedError('damaged', `it is not what was sealed, or was sealed for another place: found ${place}`)
}
