// npm run bench:interop — trees of LightGBM and XGBoost (100 trees × 31 leaves × 20 columns) here, in their frameworks and in
// onnxruntime-node: in a process, and one row through HTTP beside a FastAPI server of the framework.
//
//   --seconds 3            of calls at each point, in turns
//   --onnxruntime FOLDER   where onnxruntime-node is installed (npm install there); without it no figures of it
//
// PYTHON names a Python that has lightgbm, xgboost, onnx, fastapi and uvicorn. All figures are of one run, in turns; the machine has
// other work, so only their ratios mean something.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Framework, type FrameworkFigures, SCRIPT } from './frameworks.ts'
import { measureHere } from './measure-here.ts'
import { measureHttp } from './measure-http.ts'

const PYTHON = process.env['PYTHON'] ?? 'python3'

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: { seconds: { type: 'string', default: '3' }, onnxruntime: { type: 'string' } },
  })
  const missing = spawnSync(PYTHON, ['-c', 'import lightgbm, xgboost, onnx, fastapi, uvicorn'], { encoding: 'utf8' })
  if (missing.status !== 0) {
    console.error(
      `bench:interop needs a Python with the frameworks (PYTHON): ${missing.stderr?.trim().split('\n').at(-1)}`,
    )
    process.exitCode = 1
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-interop-'))
  try {
    execFileSync(PYTHON, [SCRIPT, 'make', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
    const rows = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as Record<string, number>[]
    const timeFrameworks = (): Record<Framework, FrameworkFigures> =>
      JSON.parse(execFileSync(PYTHON, [SCRIPT, 'time', folder], { encoding: 'utf8', maxBuffer: 2 ** 26 }))
    const given = { folder, rows, python: PYTHON, seconds: Number(options.seconds), onnxruntime: options.onnxruntime }
    console.log(`\n${(await measureHere({ ...given, timeFrameworks })).join('\n')}`)
    console.log(`\n${(await measureHttp(given)).join('\n')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
