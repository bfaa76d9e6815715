// The pages of the project and the code blocks in them.
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** Paths from the root. */
export const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root })
  .filter((path) => !path.includes('node_modules') && !path.includes('/target/'))
  .sort()

export interface Block {
  readonly page: string
  readonly language: string
  readonly text: string
  /** Page and line. */
  readonly place: string
}

/** The code blocks of a page that name a language, in their order; those that name none are drawings. */
export async function blocksOf(page: string, language?: string): Promise<Block[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .map(({ 1: of = '', 2: code = '', index }) => {
      const place = `${page}:${text.slice(0, index).split('\n').length}`
      return { page, language: of, text: code, place }
    })
    .filter((block) => (language === undefined ? block.language !== '' : block.language === language))
}

/** The cells of the first table of a page that has these headings. */
export function tableOf(page: string, headings: readonly string[]): string[][] {
  const lines = page.split('\n')
  const start = lines.indexOf(`| ${headings.join(' | ')} |`)
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  if (start < 0) return []
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}
