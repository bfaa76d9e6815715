// ml-worker export: a finished run of a running worker as a file that other runtimes score.
import { rename, rm, stat } from 'node:fs/promises'
import { type Command, UsageError } from './command.ts'
import { numberOf, textOf, type Values } from './options.ts'
import { WORKER_DETAILS } from './worker-action.ts'
import { WorkerClient } from './worker-client.ts'

const FORMATS = ['onnx']

export const exportCommand: Command = {
  usage: '--run N --output FILE [--format onnx]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  --run N          the run, which has succeeded',
    '  --format F       onnx (default)',
    '  --output FILE    is written, or replaced, once all of the answer has come',
  ].join('\n'),
  options: { run: { type: 'string' }, format: { type: 'string' }, output: { type: 'string' } },
  takes: [],
  async run({ values }, terminal) {
    const run = numberOf(values, 'run')
    const output = textOf(values, 'output')
    const format = formatOf(values)
    const part = `${output}.part`
    try {
      await new WorkerClient().download(`/api/runs/${run}/export?format=${format}`, part)
      await rename(part, output)
    } finally {
      await rm(part, { force: true })
    }
    const { size } = await stat(output)
    terminal.out(`${output} is run ${run} as ${format}, ${size} bytes`)
    return 0
  },
}

/** Throws UsageError. */
function formatOf(values: Values): string {
  const format = values['format'] === undefined ? 'onnx' : textOf(values, 'format')
  if (FORMATS.includes(format)) return format
  throw new UsageError(`--format: expected ${FORMATS.join(', ')}, got ${format}`)
}
