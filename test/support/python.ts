// Python packages, unmodified, in a virtual environment that is made once and kept beside node_modules.
import { execFile, spawnSync } from 'node:child_process'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/python')
const INSTALL_TIMEOUT_MS = 300_000

/** The interpreter's path, or why there is none. */
export type Python = { readonly python: string } | { readonly skip: string }

/** Installs the packages, of certain versions. Says why not where there is no python3, no venv or no PyPI. */
export async function pythonWith(packages: readonly string[]): Promise<Python> {
  if (spawnSync('python3', ['-m', 'venv', '--help']).status !== 0) return { skip: 'no python3 with venv on the path' }
  const folder = join(CACHE, packages.join(',').replace(/[^\w.,=-]/g, '_'))
  const python = join(folder, 'bin/python')
  const isWhole = join(folder, 'installed')
  try {
    if (
      await access(isWhole).then(
        () => false,
        () => true,
      )
    ) {
      await rm(folder, { recursive: true, force: true })
      await mkdir(CACHE, { recursive: true })
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', ...packages]
      await promisify(execFile)('python3', ['-m', 'venv', folder])
      await promisify(execFile)(python, install, { timeout: INSTALL_TIMEOUT_MS })
      await writeFile(isWhole, '')
    }
  } catch (error) {
    const [reason = ''] = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n')
      .slice(-1)
    return { skip: `${packages.join(', ')} could not be installed: ${reason.slice(0, 300)}` }
  }
  return { python }
}
