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
  get_default_parameters: 'return defaultsOf(YourEstimator.parameters), or {} without parameters',
  create_pipeline: 'return new Pipeline([impute()], new YourEstimator(parameters))',
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
  if (code === 'ERR_MODULE_NOT_FOUND') return `${said}\n    → mend the path of the import; files are named with .ts`
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${said}\n    → no enum, namespace or parameter property: Node runs the file as it is`
  }
  if (name === 'SyntaxError' && /does not provide an export/.test(message ?? '')) {
    return `${said}\n    → what is a type only must be imported so: import type { … }`
  }
  if (name === 'SyntaxError') return `${said}\n    → npx tsc --noEmit tells the line`
  return `${said}\n    → --debug shows where in the file`
}

function hintFor(problem: string): string {
  const hint = MEMBER_HINTS[problem.split(':')[0] ?? '']
  return hint === undefined ? '' : `\n    → ${hint}`
}
