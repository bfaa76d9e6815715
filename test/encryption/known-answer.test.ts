// The format by somebody else: what the worker seals, a script opens that knows docs/encryption.md and `cryptography` alone.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import t from 'tap'
import { KeyRing } from '../../src/encryption/key-ring.ts'
import { sealParts } from '../../src/encryption/sealing.ts'
import { pythonWith } from '../support/python.ts'

const SCRIPT = join(import.meta.dirname, 'decrypt.py')
const found = await pythonWith(['cryptography==46.0.3'])
const skip = 'skip' in found ? found.skip : false

async function decrypt(key: Buffer, boundTo: string, sealed: Buffer): Promise<{ plain: Buffer; err: string }> {
  const python = 'python' in found ? found.python : ''
  const child = spawn(python, [SCRIPT, key.toString('base64'), boundTo])
  child.stdin.on('error', () => {}).end(sealed)
  const [plain, err] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')])
  return { plain, err }
}

t.test('Python’s cryptography opens what the worker seals, bound to the same', { skip }, async (t) => {
  const key = randomBytes(32)
  const keys = new KeyRing([key])
  for (const length of [0, 1, 65_536, 200_000]) {
    const plain = randomBytes(length)
    const sealed = Buffer.concat([...sealParts(keys.newSealingKey('run/17'), [plain])])
    const opened = await decrypt(key, 'run/17', sealed)
    t.equal(opened.err, '')
    t.ok(opened.plain.equals(plain), `${length} bytes`)
    t.match((await decrypt(key, 'run/18', sealed)).err, /InvalidTag/)
  }
})
