// The keys of the operator: the first wraps the data keys of objects, all of them unwrap.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { ObjectCipher } from './object-cipher.ts'
import {
  FRONT_LENGTH,
  frontOf,
  HEADER_LENGTH,
  KEY_ID_LENGTH,
  KEY_LENGTH,
  keyIdIn,
  NONCE_LENGTH,
  SALT_LENGTH,
  SealedError,
  saltIn,
  TAG_LENGTH,
} from './sealed-layout.ts'

/** What an object is sealed with: plain data, which may go to a thread or a process that has no other key. */
export interface SealingKey {
  readonly objectId: string
  /** The first 92 bytes of what is sealed, in base64. */
  readonly header: string
  /** Opens and seals this object alone; in base64. */
  readonly dataKey: string
}

interface RingKey {
  readonly id: string
  readonly bytes: Buffer
  /** Derived from it: digests are made with no key that encrypts. */
  readonly digestKey: Buffer
}

const ALGORITHM = 'aes-256-gcm'
const DIGEST_INFO = 'ml-worker digests'
const ID_PREFIX = 'ml-worker encryption key\0'
const WRAP_NONCE_OFFSET = FRONT_LENGTH + KEY_ID_LENGTH
const WRAPPED_OFFSET = WRAP_NONCE_OFFSET + NONCE_LENGTH

/** The id of a key: the first 8 bytes of a SHA-256 of it, hexadecimal. */
export function keyIdOf(key: Uint8Array): string {
  const digest = createHash('sha256').update(ID_PREFIX, 'latin1').update(key).digest('hex')
  return digest.slice(0, 2 * KEY_ID_LENGTH)
}

export class KeyRing {
  /** Of the keys, the first one first. */
  readonly ids: readonly string[]
  private readonly keys: ReadonlyMap<string, RingKey>

  /** keys: of 32 bytes each, no two alike. */
  constructor(keys: readonly Uint8Array[]) {
    this.keys = new Map(
      keys.map((key) => [
        keyIdOf(key),
        {
          id: keyIdOf(key),
          bytes: Buffer.from(key),
          digestKey: Buffer.from(hkdfSync('sha256', key, '', DIGEST_INFO, KEY_LENGTH)),
        },
      ]),
    )
    this.ids = [...this.keys.keys()]
  }

  /** True where nothing is to be encrypted. */
  get isEmpty(): boolean {
    return this.ids.length === 0
  }

  /** A new key for an object. Throws where there is no key that could wrap it. */
  newSealingKey(objectId: string): SealingKey {
    const dataKey = randomBytes(KEY_LENGTH)
    const header = this.wrap(frontOf(randomBytes(SALT_LENGTH)), dataKey)
    return { objectId, header: header.toString('base64'), dataKey: dataKey.toString('base64') }
  }

  /** The key that an object was sealed with. header: its first 92 bytes. Throws SealedError. */
  sealingKeyOf(header: Buffer, objectId: string): SealingKey {
    const dataKey = this.unwrap(header)
    const own = header.subarray(0, HEADER_LENGTH)
    return { objectId, header: own.toString('base64'), dataKey: dataKey.toString('base64') }
  }

  /** What opens an object. header: its first 92 bytes. Throws SealedError. */
  cipherOf(header: Buffer, objectId: string): ObjectCipher {
    return new ObjectCipher(this.unwrap(header), saltIn(header), objectId)
  }

  /**
   * What stands for a text where it is looked for without being opened, by each of the keys, the first one first:
   * HMAC-SHA256, hexadecimal. Who has none of the keys cannot try texts. Empty without keys. Some 3 µs a key.
   */
  digestsOf(text: string): string[] {
    return [...this.keys.values()].map(({ digestKey }) => createHmac('sha256', digestKey).update(text).digest('hex'))
  }

  /** The same header with its data key wrapped by the first key. Throws SealedError. */
  rewrap(header: Buffer): Buffer {
    return this.wrap(header.subarray(0, FRONT_LENGTH), this.unwrap(header))
  }

  private wrap(front: Buffer, dataKey: Buffer): Buffer {
    const [first] = this.keys.values()
    if (first === undefined) throw new Error('there is no key to encrypt with')
    const nonce = randomBytes(NONCE_LENGTH)
    const cipher = createCipheriv(ALGORITHM, first.bytes, nonce, { authTagLength: TAG_LENGTH })
    const bound = Buffer.concat([front, Buffer.from(first.id, 'hex')])
    const wrapped = cipher.setAAD(bound).update(dataKey)
    cipher.final()
    return Buffer.concat([bound, nonce, wrapped, cipher.getAuthTag()])
  }

  private unwrap(header: Buffer): Buffer {
    saltIn(header)
    if (header.length < HEADER_LENGTH) throw new SealedError('damaged', 'its header is cut short')
    const id = keyIdIn(header)
    const key = this.keys.get(id)
    if (key === undefined) throw keyMissing([id])
    const tagOffset = WRAPPED_OFFSET + KEY_LENGTH
    const nonce = header.subarray(WRAP_NONCE_OFFSET, WRAPPED_OFFSET)
    const cipher = createDecipheriv(ALGORITHM, key.bytes, nonce, { authTagLength: TAG_LENGTH })
    cipher.setAAD(header.subarray(0, WRAP_NONCE_OFFSET))
    cipher.setAuthTag(header.subarray(tagOffset, HEADER_LENGTH))
    const dataKey = cipher.update(header.subarray(WRAPPED_OFFSET, tagOffset))
    try {
      cipher.final()
    } catch {
      throw new SealedError('damaged', 'its header is not what was written')
    }
    return dataKey
  }
}

/** Of a worker that encrypts nothing. */
export const NO_KEYS = new KeyRing([])

/** The error of what only these keys open. */
export function keyMissing(ids: readonly string[]): SealedError {
  const named = ids.length === 0 ? '' : `: id ${ids.join(', ')}`
  return new SealedError('key_missing', `encrypted with a key that is not in ENCRYPTION_KEY_FILE${named}`)
}

/** A key for an object that only this process is to read, and those that it gives the key. */
export function oneTimeKey(objectId: string): SealingKey {
  return new KeyRing([randomBytes(KEY_LENGTH)]).newSealingKey(objectId)
}

/** What opens the object of a sealing key. */
export function cipherWith({ header, dataKey, objectId }: SealingKey): ObjectCipher {
  const front = Buffer.from(header, 'base64').subarray(0, FRONT_LENGTH)
  return new ObjectCipher(Buffer.from(dataKey, 'base64'), saltIn(front), objectId)
}
