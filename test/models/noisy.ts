import { writeSync } from 'node:fs'
import { choice, parameter, readParameters } from '../../src/learning/parameters.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

const MIB = 2 ** 20

/** What a model class may write where it has nothing to write. */
const noises = {
  nonsense: () => {
    const lines = [
      'null',
      '[]',
      '{"type":',
      '{"type":"progress","done":"all","of":null}',
      '{"type":"other"}',
      '\0\u{1F600}',
    ]
    writeAll(3, Buffer.from(`${lines.join('\n')}\n`))
    writeAll(3, Buffer.alloc(2 * MIB, 'x'))
    writeAll(3, Buffer.concat([Buffer.from('\n'), Buffer.alloc(MIB, 0xff), Buffer.from('\n')]))
    writeAll(4, Buffer.alloc(4 * MIB, 'z'))
    writeAll(1, Buffer.alloc(4 * MIB, 'y'))
    writeAll(2, Buffer.alloc(4 * MIB, 0xfe))
  },
  false_end: () => {
    writeAll(3, Buffer.from('{"type":"ended"}\n'))
    for (;;) Math.random()
  },
} as const

type Noise = keyof typeof noises
const parameters = { noise: parameter<Noise>('nonsense', choice(...(Object.keys(noises) as Noise[]))) }

class NoisyEstimator extends MajorityClassifier {
  private readonly noise: Noise

  constructor(given: ModelParameters = {}) {
    super()
    this.noise = readParameters(parameters, given).noise
  }

  override async fit(...given: Parameters<MajorityClassifier['fit']>) {
    noises[this.noise]()
    return super.fit(...given)
  }
}

/** Writes to the channels of the trainer process, in fit, and learns then. */
export default class Noisy extends BaseModel {
  readonly name = 'noisy'
  readonly estimator = NoisyEstimator

  override get_default_parameters(): ModelParameters {
    return { noise: 'nonsense' }
  }
}

/** Waits while the pipe is full. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}
