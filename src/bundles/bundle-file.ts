// A bundle on the disk: checked when it is opened, and its artifact read from it as often as it is needed.
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { BundleError, type BundleHead, type BundleLayout, PREFIX_LENGTH, readHead, readLayout } from './bundle.ts'

/** Read at once, to be hashed. */
const HASHED_AT_ONCE = 2 ** 20

export class BundleFile {
  readonly head: BundleHead
  readonly layout: BundleLayout
  private readonly file: FileHandle

  private constructor(file: FileHandle, head: BundleHead, layout: BundleLayout) {
    this.file = file
    this.head = head
    this.layout = layout
  }

  /**
   * Checks all of it; the file may be removed or replaced afterwards. Throws BundleError, and what the disk throws. O(bytes),
   * of which a mebibyte and the head are in memory.
   */
  static async open(path: string): Promise<BundleFile> {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      const prefix = await bytesAt(file, 0, Math.min(size, PREFIX_LENGTH))
      const layout = readLayout(prefix, size)
      const head = readHead(prefix, await bytesAt(file, PREFIX_LENGTH, layout.headLength), layout)
      await requireArtifact(file, layout)
      return new BundleFile(file, head, layout)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The bytes of the artifact, in memory of their own. Throws BundleError where the file was cut meanwhile. */
  async readArtifact(): Promise<Uint8Array<ArrayBuffer>> {
    const { artifactStart, artifact } = this.layout
    return bytesAt(this.file, artifactStart, artifact.byteLength)
  }

  async close(): Promise<void> {
    await this.file.close()
  }
}

async function requireArtifact(file: FileHandle, { artifactStart, artifact }: BundleLayout): Promise<void> {
  const hash = createHash('sha256')
  const end = artifactStart + artifact.byteLength
  for (let start = artifactStart; start < end; start += HASHED_AT_ONCE) {
    hash.update(await bytesAt(file, start, Math.min(HASHED_AT_ONCE, end - start)))
  }
  if (hash.digest('hex') !== artifact.sha256) throw new BundleError('is damaged: the checksum of its artifact is wrong')
}

async function bytesAt(file: FileHandle, start: number, byteLength: number): Promise<Buffer<ArrayBuffer>> {
  // Not of the pool: it may be given away.
  const bytes = Buffer.from(new ArrayBuffer(byteLength))
  let read = 0
  while (read < byteLength) {
    const { bytesRead } = await file.read(bytes, read, byteLength - read, start + read)
    if (bytesRead === 0) throw new BundleError(`is cut short: byte ${start + read} is not there`)
    read += bytesRead
  }
  return bytes
}
