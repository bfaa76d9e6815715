// The first tree as an outline: it reads on a phone, on paper and aloud.
import type { ClassifierReport, RegressorReport } from '../../training-summary/label-report.ts'
import { SERIES } from '../charts/chart.ts'
import { clipped, countOf, formatNumber, formatPercent } from '../format.ts'
import { type Html, html } from './html.ts'

type FittedReport = ClassifierReport | RegressorReport
type Tree = NonNullable<FittedReport['tree']>
type Node = Tree['nodes'][0]

export function treeOutline(label: FittedReport, tree: Tree): Html {
  const classes = label.kind === 'classifier' ? label.classes.names : []
  const item = (at: number, when: string): Html => {
    const node = tree.nodes[at] as Node
    const below =
      node.split &&
      html`<ul>${item(node.split.left, leftText(node.split))}${item(node.split.right, rightText(node.split))}</ul>`
    return html`<li>${nodeLine(node, when, classes)}${below}</li>`
  }
  return html`<ul class="tree">${item(0, '')}</ul>`
}

function nodeLine(node: Node, when: string, classes: readonly string[]): Html {
  const whenText = when === '' ? null : html`<span class="when"><bdi>${when}</bdi></span>`
  const what = node.split === null ? outcomeText(node) : `${clipped(node.split.column)}?`
  const more = node.isCut ? ' …' : ''
  return html`<div class="node"><span class="what">${whenText}<bdi>${what}${more}</bdi></span><span class="side">${sideOf(node, classes)}</span></div>`
}

function outcomeText(node: Node): string {
  if (node.rows === 0) return 'none of these rows'
  return node.value === null ? (node.names[0] ?? 'none of these rows') : `mean ${formatNumber(node.value)}`
}

/** How many rows come here, and of which classes they are. */
function sideOf(node: Node, classes: readonly string[]): Html {
  const rows = countOf(node.rows, 'row')
  if (node.rows === 0 || node.names.length === 0) {
    const mean = node.value === null || node.split === null ? '' : `, mean ${formatNumber(node.value)}`
    return html`<small>${rows}${mean}</small>`
  }
  let start = 0
  const parts = node.counts.map((count, i) => {
    const width = (100 * count) / node.rows
    const at = classes.indexOf(node.names[i] as string)
    // As many colours as there are; classes beyond them are grey.
    const color =
      at >= 0 && classes.length <= SERIES.length
        ? (SERIES[at] as string)
        : i === 0
          ? 'var(--c-main)'
          : 'var(--c-second)'
    const part = html`<rect x="${start.toFixed(2)}" width="${Math.max(0, width - 0.6).toFixed(2)}" height="10" rx="1.5" fill="${color}"/>`
    start += width
    return part
  })
  const share = formatPercent((node.counts[0] as number) / node.rows)
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="10" rx="1.5" fill="var(--line)"/>${parts}</svg><small>${rows}, ${share} <bdi>${node.names[0] as string}</bdi></small>`
}

/** What the rows of the left branch have in common. */
function leftText({
  column: name,
  threshold,
  categories,
  categoryCount,
  missingLeft,
}: NonNullable<Node['split']>): string {
  const column = clipped(name)
  const missing = missingLeft ? ' or missing' : ''
  if (categories !== null) {
    const more = categoryCount > categories.length ? ` and ${categoryCount - categories.length} more` : ''
    return `${column} is ${categories.map(clipped).join(', ')}${more}${missing}`
  }
  return threshold === null ? `${column} has a value` : `${column} ≤ ${formatNumber(threshold)}${missing}`
}

function rightText({ column: name, threshold, categories, missingLeft }: NonNullable<Node['split']>): string {
  const column = clipped(name)
  const missing = missingLeft ? '' : ' or missing'
  if (categories !== null) return `${column} is another${missing}`
  return threshold === null ? `${column} is missing` : `${column} > ${formatNumber(threshold)}${missing}`
}
