// A folder like this project, in which commands of the pages are run as they stand.
import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from './command-line.ts'

const LINKED = ['src', 'examples', 'bin', 'package.json', 'node_modules', 'tsconfig.json', 'tsconfig.models.json']

/** Makes the folder what this project is, but for an empty models folder that may be written to. */
export async function copyProject(folder: string): Promise<void> {
  await mkdir(join(folder, 'statistical'), { recursive: true })
  for (const name of LINKED) await symlink(join(PROJECT, name), join(folder, name))
  await cp(join(PROJECT, '.env'), join(folder, '.env'))
}

/** The words of a line of a shell, as far as the pages use its quotes. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => (quoted ?? word) as string)
}
