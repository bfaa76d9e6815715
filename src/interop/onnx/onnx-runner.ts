// Runs one ONNX model in a thread of its own, which is started when it is needed and replaced when it had to be ended.
import { ServiceError } from '../../errors.ts'
import { FitStopped } from '../../learning/errors.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { ThreadClient } from '../../threads/thread-client.ts'
import type { OnnxCalls, OnnxTensor, OnnxThreadData } from './onnx-messages.ts'

const MIB = 2 ** 20
/** What a session may hold beside the file, which it unpacks: activations of a block of rows. */
const MEMORY_BASE_BYTES = 512 * MIB
const MEMORY_BYTES_PER_BYTE = 4
/** WebAssembly has no more. */
const MEMORY_BYTES_MAX = 4096 * MIB
/** Of JavaScript in the thread: inputs and outputs. */
const HEAP_MIB = 512
/** Of a run, where nobody stops it before. */
export const RUN_TIMEOUT_MS = 60_000
/** How often the flag is looked at. */
const LOOK_MS = 20

export interface RunLimits {
  readonly stop: StopFlag
  /** Default 60 s. */
  readonly timeoutMs?: number
}

export class OnnxRunner {
  private readonly thread: ThreadClient<OnnxCalls>

  /** model: bytes that readOnnx has passed. */
  constructor(model: Uint8Array) {
    this.thread = new ThreadClient({
      name: 'ONNX thread',
      entry: new URL('./onnx-thread.ts', import.meta.url),
      workerData: { model, memoryBytesMax: memoryFor(model.length) } satisfies OnnxThreadData,
      oldGenerationMib: HEAP_MIB,
    })
  }

  /**
   * The outputs of these names. Throws FitStopped within some milliseconds of the stop flag, ServiceError ONNX_OFF,
   * IMPORTED_MODEL_FAILED: where the model fails, takes too long or more memory than it may; OVERLOADED where the thread was
   * ended for another run.
   */
  async run(
    feeds: readonly OnnxTensor[],
    fetches: readonly string[],
    { stop, timeoutMs = RUN_TIMEOUT_MS }: RunLimits,
  ): Promise<OnnxTensor[]> {
    stop.throwIfSet()
    return within({ stop, timeoutMs }, (signal) => this.thread.ask('run', { feeds, fetches }, { signal }))
  }

  /** Loads the model, where it is not there. Throws as run does. */
  async open(): Promise<void> {
    const limits = { stop: new StopFlag(), timeoutMs: RUN_TIMEOUT_MS }
    await within(limits, (signal) => this.thread.ask('open', undefined, { signal }))
  }

  /** Ends the thread; a later run throws OVERLOADED. */
  close(): Promise<void> {
    return this.thread.close()
  }
}

async function within<T>(
  { stop, timeoutMs }: Required<RunLimits>,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const look = setInterval(() => {
    if (stop.isSet) ending.abort(new FitStopped())
  }, LOOK_MS)
  const timer = setTimeout(() => {
    const detail = `the ONNX model had not ended after ${timeoutMs / 1000} s`
    ending.abort(new ServiceError('IMPORTED_MODEL_FAILED', detail))
  }, timeoutMs)
  try {
    return await ask(ending.signal)
  } finally {
    clearInterval(look)
    clearTimeout(timer)
  }
}

function memoryFor(modelBytes: number): number {
  return Math.min(MEMORY_BYTES_MAX, MEMORY_BASE_BYTES + MEMORY_BYTES_PER_BYTE * modelBytes)
}
