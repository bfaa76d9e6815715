// The entry of a thread that runs one ONNX model with ONNX Runtime as WebAssembly: nothing in it can reach files, the network,
// or more memory than it was given, and whoever started it can end it at any moment.
import { workerData } from 'node:worker_threads'
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { ServiceError } from '../../errors.ts'
import type { TensorElements } from '../../model/tensor-model.ts'
import { answerCalls } from '../../threads/answer-calls.ts'
import type { OnnxCalls, OnnxTensor, OnnxThreadData } from './onnx-messages.ts'

const PAGE_BYTES = 2 ** 16
/** Of what ONNX Runtime says of its errors: it may quote names of the file, never all of it. */
const DETAIL_LENGTH_MAX = 500

const { model, memoryBytesMax } = workerData as OnnxThreadData
let opened: Promise<Opened> | undefined
/** One run after the other: a session is for one. */
let last: Promise<unknown> = Promise.resolve()

interface Opened {
  readonly runtime: typeof import('onnxruntime-web')
  readonly session: InferenceSession
}

answerCalls<OnnxCalls>({
  open: async () => void (await session()),
  run: (question) => inTurn(() => run(question)),
})

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work, work)
  last = done.catch(() => {})
  return done
}

async function run({ feeds, fetches }: Parameters<OnnxCalls['run']>[0]): Promise<OnnxTensor[]> {
  const { runtime, session: opened } = await session()
  const given = Object.fromEntries(
    feeds.map(({ name, type, dims, data }) => [
      name,
      new runtime.Tensor(type as 'float32', data as Float32Array, dims as number[]),
    ]),
  )
  const made = await told('run', () => opened.run(given, fetches as string[]))
  return fetches.map((name) => {
    const { type, dims, data } = made[name] as Tensor
    return { name, type, dims: [...dims], data: data as TensorElements }
  })
}

function session(): Promise<Opened> {
  opened ??= open()
  return opened
}

async function open(): Promise<Opened> {
  silence()
  capMemory()
  const runtime = await load()
  runtime.env.wasm.numThreads = 1
  runtime.env.logLevel = 'fatal'
  const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'basic', logSeverityLevel: 4 } as const
  return { runtime, session: await told('be loaded', () => runtime.InferenceSession.create(model, options)) }
}

async function load(): Promise<Opened['runtime']> {
  try {
    return await import('onnxruntime-web')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const what = 'ONNX models need a package that is not installed; do: npm install onnxruntime-web'
    throw new ServiceError('ONNX_OFF', what, { cause })
  }
}

/** Neither the ECMAScript library nor Node's types declare it. */
declare const WebAssembly: { Memory: new (asked: { readonly initial: number; readonly maximum?: number }) => object }

/** Its memory is asked for with a maximum of 4 GiB; a smaller one is what it gets. */
function capMemory(): void {
  const { Memory } = WebAssembly
  const pagesMax = Math.floor(memoryBytesMax / PAGE_BYTES)
  WebAssembly.Memory = class extends Memory {
    constructor(asked: { readonly initial: number; readonly maximum?: number }) {
      super({ ...asked, maximum: Math.min(asked.maximum ?? pagesMax, pagesMax) })
    }
  }
}

/** What the runtime prints may hold values of rows. */
function silence(): void {
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) console[name] = () => {}
}

/** A model that fails at these rows, or asks for more memory than there is: no fault of the worker. */
async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const said = String((cause as Error | undefined)?.message ?? cause)
    // Paths of where the runtime was built say nothing.
    const reason = said.replace(/(^|\s)\/\S+:\d+ /g, '$1').slice(0, DETAIL_LENGTH_MAX)
    throw new ServiceError('IMPORTED_MODEL_FAILED', `the ONNX model could not ${what}: ${reason}`, { cause })
  }
}
