// What every page is around its content: one style, no scripts, nothing from elsewhere.
import { createHash } from 'node:crypto'
import { Html, html } from './html.ts'
import { STYLE } from './style.ts'

/** Without scripts, and without anything from elsewhere. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`

export interface PageParts {
  readonly title: string
  readonly header: Html
  readonly main: Html
  readonly footer: Html
}

/** A whole page, as text. */
export function documentOf({ title, header, main, footer }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="content-security-policy" content="${PAGE_POLICY}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${header}
<main>
${main}
</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`.markup
}
