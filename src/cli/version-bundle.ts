// ml-worker version bundle: a version in one file.
import { rename, rm } from 'node:fs/promises'
import { BundleError } from '../bundles/bundle.ts'
import { BundleFile } from '../bundles/bundle-file.ts'
import { CommandError } from './command.ts'
import { numberOf, textOf } from './options.ts'
import { type Action, pathOf } from './worker-action.ts'

/** The file has its name once all of it has come and is checked. */
export const bundle: Action = async (values, client) => {
  const out = textOf(values, 'out')
  const version = numberOf(values, 'version')
  const part = `${out}.part`
  try {
    await client.download(`${pathOf(textOf(values, 'project'))}/versions/${version}/bundle`, part)
    const { head, layout } = await checked(part)
    await rename(part, out)
    const { model_name, model_run_id, manifests } = head
    const answer = { file: out, model_name, model_run_id, sha256: layout.artifact.sha256, signed: manifests.length > 0 }
    return {
      answer,
      text: `${out} is version ${version}, of class ${model_name}; npx ml-worker serve --artifact ${out}`,
    }
  } finally {
    await rm(part, { force: true })
  }
}

async function checked(path: string): Promise<BundleFile> {
  try {
    const file = await BundleFile.open(path)
    await file.close()
    return file
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    throw new CommandError(`what came ${error.message}`, { cause: error })
  }
}
