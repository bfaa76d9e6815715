// The page of a report: what was trained on what, how good it is, and what it has learned.
import type { CrossValidatedReport } from '../../training-summary/cross-fitting-data.ts'
import type { ClassifierReport, RecommenderReport, RegressorReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import { type Chart, COLORS } from '../charts/chart.ts'
import { chartsOf } from '../charts/charts-of.ts'
import { countOf, formatCount, formatNumber } from '../format.ts'
import type { Draw } from '../svg.ts'
import { documentOf } from './document.ts'
import { Html, html } from './html.ts'
import type { ReportHead } from './report-head.ts'
import { searchTable, searchText } from './search-table.ts'
import {
  classesTable,
  dataTable,
  featuresTable,
  foldsTable,
  metricsTable,
  originTable,
  parametersTable,
} from './tables.ts'
import { treeOutline } from './tree.ts'

export async function pageOf(report: ReportData, head: ReportHead, draw: Draw): Promise<string> {
  const charts: Drawn[] = []
  for (const chart of chartsOf(report)) {
    const { spec } = chart
    charts.push({ chart, picture: spec === null ? null : new Html(await draw({ ...chart, spec })) })
  }
  const title = head.runId === undefined ? head.modelName : `${head.modelName}, run ${head.runId}`
  return documentOf({
    title,
    header: headerOf(report, head),
    main: html`${resultSection(report, head, charts)}
${insideSection(report, charts)}
${searchSection(report, charts)}
${trainedSection(report, head)}
${featureSection(report, charts)}`,
    footer: html`Made by ml-worker from what the training kept. The numbers behind every picture are at <code>/api/runs/${head.runId ?? '{model_run_id}'}/artifacts</code>.`,
  })
}

interface Drawn {
  readonly chart: Chart
  readonly picture: Html | null
}

function headerOf(report: ReportData, head: ReportHead): Html {
  const { trainingRows, validationRows, featureCount } = report
  const labels = head.labelNames.filter((name) => name !== '')
  const learned =
    labels.length === 0 ? 'It learned without labels' : html`It predicts <strong><bdi>${listOf(labels)}</bdi></strong>`
  const run = head.runId === undefined ? 'Training report' : `Training report of run ${head.runId}`
  const facts = [
    run,
    head.runDate,
    head.trainingSeconds === undefined
      ? undefined
      : `fitted in ${formatNumber(Number(head.trainingSeconds.toPrecision(3)))} s`,
  ]
  const split =
    validationRows === null
      ? html`<div class="note warning">No rows were held out (no <code>validation_split</code>), so all that follows is judged on the very rows that were trained on. It says how well the model remembers, not how well it will predict.</div>`
      : html`<div class="note">${formatCount(validationRows)} of ${formatCount(trainingRows + validationRows)} rows were held out and not trained on. Unless it says otherwise, what follows is judged on them.</div>`
  const problems =
    report.problems.length > 0 &&
    html`<div class="note warning">Parts of this report could not be made: ${report.problems.map(({ part, reason }) => `${part} (${reason})`).join('; ')}.</div>`
  return html`<header>
<p class="over">${facts.filter((fact) => fact !== undefined).join(' · ')}</p>
<h1>${head.modelName}</h1>
<p class="lead">${learned} from <strong>${countOf(featureCount, 'feature')}</strong> and <strong>${countOf(trainingRows, 'training row')}</strong>.</p>
${split}${problems}${warningsOf(report)}
${figuresOf(report)}
</header>`
}

function warningsOf({ warnings = [] }: ReportData): Html | null {
  if (warnings.length === 0) return null
  const lines = warnings.map(({ code, message, column }) => {
    const of = column !== undefined && html`, column <bdi>${column}</bdi>`
    return html`<li><code>${code}</code>${of}: <bdi>${message}</bdi></li>`
  })
  return html`<div class="note warning">${countOf(warnings.length, 'warning')}:<ul>${lines}</ul></div>`
}

/** The metrics that are looked at first, by the kind of model. */
const FIRST_METRICS = [
  'accuracy',
  'balanced_accuracy',
  'f1_macro',
  'roc_auc',
  'ndcg_at_k',
  'precision_at_k',
  'recall_at_k',
  'map_at_k',
  'r2',
  'root_mean_squared_error',
  'mean_absolute_error',
  'anomaly_fraction',
]
const FIGURES_MAX = 4

function figuresOf({ metrics, validationRows, labelCount, labels }: ReportData): Html | null {
  const first = metrics.filter(({ name }) => FIRST_METRICS.includes(name) || labelCount > 1).slice(0, FIGURES_MAX)
  const shown = first.length > 0 ? first : metrics.slice(0, FIGURES_MAX)
  const clusters = labels.flatMap((label) => (label.kind === 'clusterer' ? [label.clusterCount] : []))
  const figures = shown.map(({ name, training, validation, baseline }) => {
    const isJudged = validationRows !== null && validation !== null
    const compared = baseline === undefined ? '' : ` · baseline ${formatNumber(baseline)}`
    const small = (isJudged ? `training ${formatNumber(training)}` : 'training rows') + compared
    return html`<div><dt>${name.replaceAll('_', ' ')}</dt><dd>${formatNumber(isJudged ? validation : training)}<small>${small}</small></dd></div>`
  })
  const counts = clusters.map((count) => html`<div><dt>clusters</dt><dd>${formatCount(count)}</dd></div>`)
  return figures.length + counts.length === 0 ? null : html`<dl class="figures">${figures}${counts}</dl>`
}

function resultSection(report: ReportData, head: ReportHead, charts: readonly Drawn[]): Html {
  const own = charts.filter(({ chart }) => chart.group === 'result')
  const general = own.filter(({ chart }) => chart.label === null)
  const metrics =
    report.metrics.length > 0 &&
    html`<section class="card half"><h3>Metrics</h3><p>${report.validationRows === null ? 'Of the training rows.' : 'Of the training rows and of those held out.'}${comparedText(report)}</p><div class="scroll" tabindex="0" role="group" aria-label="Metrics">${metricsTable(report)}</div></section>`
  const { crossValidation } = report.crossFitting ?? {}
  const folds =
    crossValidation !== undefined &&
    html`<section class="card half"><h3>Cross-validation</h3><p>${foldsText(crossValidation)}</p><div class="scroll" tabindex="0" role="group" aria-label="Cross-validation">${foldsTable(crossValidation)}</div></section>`
  const more = report.labelCount - report.labels.length
  const labels = report.labels.map((label) => {
    if (label.kind === 'clusterer' || label.kind === 'anomaly_detector') return null
    const cards = own.filter(({ chart }) => chart.label === label.name).map(cardOf)
    const table = label.kind === 'classifier' ? classesTable(label) : null
    const classes =
      label.kind === 'classifier' &&
      table &&
      html`<section class="card"><h3>By class</h3><p>${classesText(report, label)}</p><div class="scroll" tabindex="0" role="group" aria-label="Metrics by class">${table}</div></section>`
    const heading = report.labelCount > 1 && html`<h3 class="of">Label <bdi>${label.name}</bdi></h3>`
    return html`${heading}${cards[0]}${classes}${cards.slice(1)}`
  })
  return html`<h2>How good it is</h2>
<p>${resultText(report, head)}</p>
<div class="cards">${metrics}${folds}${report.labelCount > 1 && general.map(cardOf)}${labels}${report.labelCount <= 1 && general.map(cardOf)}</div>
${more > 0 && html`<p class="lead">${countOf(more, 'more label')} not shown.</p>`}`
}

function foldsText({ count, repeats, kind, column, rows }: CrossValidatedReport): Html {
  const by = column !== undefined && html` by column <bdi>${column}</bdi>`
  const times = repeats > 1 ? `, ${formatCount(repeats)} times` : ''
  return html`Fitted on ${formatCount(count)} folds of the training rows (${kind}${by})${times}, each judged on the rest: ${countOf(rows, 'judged row')}. Intervals are for the mean of the folds, with the corrected variance of Nadeau and Bengio (2003).`
}

/** What the columns beside the metrics are. */
function comparedText({ metrics, labels, validationRows }: ReportData): string {
  const rows = validationRows === null ? 'training rows' : 'held-out rows'
  const isOfClasses = labels.some(({ kind }) => kind === 'classifier')
  const answer = isOfClasses ? 'the most frequent class' : 'the mean'
  const baseline = metrics.some((metric) => metric.baseline !== undefined)
    ? ` The baseline always answers ${answer} of the training rows; it is judged on the ${rows}.`
    : ''
  const method = isOfClasses ? "Wilson's" : 'by the normal distribution, with standard errors as of a bootstrap'
  const interval = metrics.some((metric) => metric.interval !== undefined)
    ? ` Intervals are for chance in which rows were held out (${method}).`
    : ''
  return baseline + interval
}

function classesText({ evaluatedOn }: ReportData, { classCount, classes }: ClassifierReport): string {
  const rows = evaluatedOn === 'validation' ? 'held-out rows' : 'training rows'
  const shown = classes.names.length
  return shown < classCount
    ? `Of the ${rows}; the ${shown} most frequent of ${formatCount(classCount)} classes.`
    : `Of the ${rows}.`
}

function resultText({ evaluatedRows, evaluatedOn }: ReportData, { labelNames }: ReportHead): string {
  const rows = countOf(evaluatedRows, evaluatedOn === 'validation' ? 'held-out row' : 'training row')
  return labelNames.some((name) => name !== '')
    ? `Predictions of ${rows} compared with their labels.`
    : `What the model says of ${rows}.`
}

function insideSection(report: ReportData, charts: readonly Drawn[]): Html | null {
  const own = charts.filter(({ chart }) => chart.group === 'inside')
  if (own.length === 0) return null
  const cards = own.map((drawn) => {
    const label = report.labels.find((one) => 'tree' in one && one.name === drawn.chart.label)
    return drawn.chart.name.startsWith('tree') && label !== undefined
      ? treeCard(drawn, label as ClassifierReport | RegressorReport)
      : cardOf(drawn)
  })
  return html`<h2>What it has learned</h2><p>${report.steps.length > 0 && `Before it learns, columns are encoded: ${report.steps.map((step) => step.replaceAll('_', ' ')).join(', ')}.`}</p><div class="cards">${cards}</div>`
}

function treeCard({ chart }: Drawn, label: ClassifierReport | RegressorReport): Html {
  if (label.tree === null) return html``
  return html`<section class="card wide"><h3>${chart.title}</h3><p>${chart.description}</p>${treeOutline(label, label.tree)}${dataTable(chart)}</section>`
}

function searchSection({ search }: ReportData, charts: readonly Drawn[]): Html | null {
  if (search === undefined) return null
  const cards = charts.filter(({ chart }) => chart.group === 'search').map(cardOf)
  return html`<h2>How its parameters were found</h2>
<p>${searchText(search)}</p>
<div class="cards"><section class="card full"><h3>The best trials</h3><p>Mean and standard deviation over the folds; trials that ended early were judged on some of them.</p><div class="scroll" tabindex="0" role="group" aria-label="The best trials">${searchTable(search)}</div></section>${cards}</div>`
}

function contentOf(label: ClassifierReport | RegressorReport | RecommenderReport): string {
  if (label.kind === 'classifier') return countOf(label.classCount, 'class', 'classes')
  return label.kind === 'recommender' ? countOf(label.itemCount, 'item') : 'number'
}

function trainedSection(report: ReportData, head: ReportHead): Html {
  const { features, featureCount, featureRows, trainingRows } = report
  const shown =
    features.length < featureCount ? ` Shown are ${features.length} of ${formatCount(featureCount)} columns.` : ''
  const drawn = featureRows < trainingRows ? ` Looked at in ${formatCount(featureRows)} rows, drawn evenly.` : ''
  const labels = report.labels.flatMap((label) =>
    label.kind === 'clusterer' || label.kind === 'anomaly_detector' ? [] : [label],
  )
  const labelText = labels.map(
    (label) => html`<tr><th scope="row"><bdi>${label.name}</bdi></th><td>${contentOf(label)}</td></tr>`,
  )
  return html`<h2>What was trained on what</h2>
<p>${formatCount(trainingRows)} rows to train on${report.validationRows !== null && `, ${formatCount(report.validationRows)} held out (validation_split ${report.validationSplit ?? ''}, split_seed ${report.splitSeed ?? 'not known'})`}.</p>
<div class="cards">
<section class="card half long"><h3>Parameters of <code>${head.modelName}</code></h3><p>${countOf(report.parameters.filter(({ isDefault }) => !isDefault).length, 'parameter')} given, the others by default.</p><div class="scroll" tabindex="0" role="group" aria-label="Parameters">${parametersTable(report)}</div></section>
<section class="card half long"><h3>Columns</h3><p>Features.${shown}${drawn}</p><div class="scroll" tabindex="0" role="group" aria-label="Columns">${featuresTable(report)}</div>
${labels.length > 0 && html`<p>Labels.</p><table><tbody>${labelText}</tbody></table>`}</section>
<section class="card half"><h3>Origin</h3><p>The same rows, parameters and split seed give the same result.</p>${originTable(report, head)}</section>
</div>`
}

function featureSection(
  { featureRows, trainingRows, features, featureCount }: ReportData,
  charts: readonly Drawn[],
): Html | null {
  const own = charts.filter(({ chart }) => chart.group === 'features')
  if (own.length === 0) return null
  const rows =
    featureRows < trainingRows ? `${formatCount(featureRows)} of the training rows, drawn evenly` : 'the training rows'
  const shown =
    features.length < featureCount ? ` Shown are ${features.length} of ${formatCount(featureCount)} features.` : ''
  const cards = own.map(
    ({ chart, picture }) =>
      html`<figure class="card"><h3><bdi>${chart.title}</bdi></h3><p>${sentence(chart.description)}</p>${picture}</figure>`,
  )
  return html`<h2>The features</h2><p>How the values of each are distributed among ${rows}.${shown}</p><div class="small">${cards}</div>`
}

function cardOf({ chart, picture }: Drawn): Html {
  const size = chart.widthMax > 520 ? ' wide' : chart.widthMax > 440 ? ' half' : ''
  return html`<section class="card${size}"><h3>${chart.title}</h3><p>${chart.description}</p>${picture}${legendOf(chart)}${dataTable(chart)}</section>`
}

function legendOf({ legend }: Chart): Html | null {
  if (legend.length === 0) return null
  const entries = legend.map(({ color, isDashed, text }) => {
    const dash = isDashed === true ? '4 3' : 'none'
    const swatch = html`<svg viewBox="0 0 16 10" aria-hidden="true"><line x1="0" x2="16" y1="5" y2="5" stroke="${color}" stroke-width="${color === COLORS.faint ? 2 : 4}" stroke-dasharray="${dash}"/></svg>`
    return html`<li>${swatch}<span><bdi>${text}</bdi></span></li>`
  })
  return html`<ul class="legend">${entries}</ul>`
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 5)
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ')
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
