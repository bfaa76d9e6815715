// One model class out of its file, and in words why it cannot be.
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type DiscoveredModel, loadModel, ModelContractError } from '../registry/discover.ts'
import { CommandError } from './command.ts'

/** What to do about a member that is missing or wrong. */
const MEMBER_HINTS: Readonly<Record<string, string>> = {
  name: "readonly name = 'my_model', as models.name in the database has it",
  feature_names: "feature_names = ['a', 'b'], or '*' for whatever columns come; BaseModel has '*'",
  label_names: "label_names = ['y'], '*' for whatever columns come, or [] to learn without labels; BaseModel has '*'",
  estimator: "readonly estimator = LogisticRegression, the class itself; import it from 'ml-worker/model'",
  steps: 'steps() { return [impute()] }: a method, so that each pipeline has steps of its own',
  get_default_parameters: 'extend BaseModel, which takes those of its estimator, or return an object of values by name',
  create_pipeline:
    'extend BaseModel, which makes it of steps() and estimator, or return new Pipeline(steps, estimator)',
  validate_features: 'extend BaseModel, which has it, or return true for a Table that can be used',
  extract_metrics: 'extend BaseModel, which has it, or return an object of numbers by name',
}

/** Throws CommandError with everything that keeps the file from being a model, and what to do about each. */
export async function loadModelFile(path: string): Promise<DiscoveredModel> {
  const file = resolve(path)
  try {
    await access(file)
  } catch (error) {
    throw new CommandError(`${path}: there is no such file`, { cause: error })
  }
  try {
    return await loadModel(pathToFileURL(file).href)
  } catch (error) {
    throw new CommandError(`${path} cannot be used as a model:\n${explain(error)}`, { cause: error })
  }
}

/** A line for each problem. */
export function explain(error: unknown): string {
  if (error instanceof ModelContractError) {
    return error.problems.map((problem) => `  ${problem}${hintFor(problem)}`).join('\n')
  }
  const { name, message, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  const said = `  ${name ?? 'Error'}: ${message ?? String(error)}`
  const importHint = message === undefined ? undefined : hintForImport(code, message)
  if (importHint !== undefined) return `${said}\n    → ${importHint}`
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${said}\n    → no enum, namespace or parameter property: Node runs the file as it is`
  }
  if (name === 'SyntaxError' && /does not provide an export/.test(message ?? '')) {
    return `${said}\n    → import a type by import type { … }; docs/library.md lists what ml-worker/model exports`
  }
  if (name === 'SyntaxError') return `${said}\n    → npx tsc --noEmit tells the line`
  return `${said}\n    → --debug shows where in the file`
}

/** What to do about an import that was not resolved, or not loaded because of where its file lies. */
function hintForImport(code: string | undefined, message: string): string | undefined {
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return 'below node_modules Node runs JavaScript only: install a package that has it, or move the TypeScript out'
  }
  if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
    return `the package does not export that path; of ml-worker ${PUBLIC_ENTRIES}`
  }
  if (code !== 'ERR_MODULE_NOT_FOUND') return undefined
  if (/Cannot find package 'ml-worker/.test(message)) return PUBLIC_ENTRIES
  if (/Cannot find package/.test(message)) return 'run npm install PACKAGE in the folder of the model, or mend the name'
  return "mend the path of the import; files are named with .ts, and the worker's own parts come from 'ml-worker/model'"
}

const PUBLIC_ENTRIES = 'import from ml-worker/model, ml-worker/learning or ml-worker/ml-packages; see docs/library.md'

function hintFor(problem: string): string {
  const hint = MEMBER_HINTS[problem.split(':')[0] ?? '']
  return hint === undefined ? '' : `\n    → ${hint}`
}
