// Clusters and anomalies: what there is to see without labels.
import type { AnomalyReport, ClustererReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import { countOf, formatCount, formatNumber, formatPercent } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'
import { barsOf, distinct } from './class-charts.ts'
import { evaluatedRowsText } from './evaluated.ts'
import { BIN_FIELDS, binsOf } from './number-charts.ts'

export function clusterSizesChart(report: ReportData, { sizes, others, clusterCount }: ClustererReport): Chart {
  const values = sizes.map((rows, cluster) => ({ cluster: `cluster ${cluster}`, rows }))
  const rest = others > 0 ? ` ${countOf(others, 'row')} of other clusters are not shown.` : ''
  return chartOf({
    name: 'cluster_sizes',
    group: 'result',
    title: 'Sizes of clusters',
    description: `${countOf(report.evaluatedRows, 'row')} (${evaluatedRowsText(report)}) in ${countOf(clusterCount, 'cluster')}: from ${formatCount(Math.min(...sizes))} to ${formatCount(Math.max(...sizes))}.${rest}`,
    fields: { cluster: 'Cluster', rows: 'Rows' },
    values,
    height: Math.max(140, 44 + 24 * Math.min(18, values.length)),
    spec: barsOf(
      'cluster',
      'rows',
      values.map(({ cluster }) => cluster),
      COLORS.main,
      'rows',
    ),
  })
}

/** Each column's centres in steps of the spread among them, so that columns of any unit share one scale of colour. */
export function clusterCentresChart({ centres, sizes }: ClustererReport): Chart | undefined {
  if (centres === null || centres.columns.length === 0 || sizes.length < 2) return undefined
  const columns = distinct(centres.columns)
  const values = columns.flatMap((column, j) => {
    const own = centres.values.map((row) => row[j] as number)
    const mean = own.reduce((sum, value) => sum + value / own.length, 0)
    const spread = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2 / own.length, 0))
    return own.map((value, cluster) => {
      const deviation = spread === 0 ? 0 : (value - mean) / spread
      return { column, cluster: `${cluster}`, centre: value, deviation: Number(deviation.toPrecision(4)) }
    })
  })
  const clusters = sizes.map((_, cluster) => `${cluster}`)
  return chartOf({
    name: 'cluster_centres',
    group: 'inside',
    title: 'Centres of clusters',
    description: `What ${countOf(clusters.length, 'cluster')} have in common, for ${countOf(columns.length, 'column')}: above the mean of the centres in one colour, below it in the other.`,
    fields: {
      column: 'Column',
      cluster: 'Cluster',
      centre: 'Centre',
      deviation: 'Distance from the mean of the centres, in standard deviations',
    },
    values,
    height: Math.max(120, 60 + 22 * columns.length),
    spec: divergingCells(
      'cluster',
      clusters,
      'column',
      columns,
      'deviation',
      columns.length * clusters.length <= 80 ? 'centre' : undefined,
    ),
    legend: [
      { color: COLORS.main, text: 'above the mean' },
      { color: COLORS.warning, text: 'below the mean' },
    ],
  })
}

/** A field of cells whose colour tells the sign of a value, and whose strength its size. */
export function divergingCells(
  x: string,
  xs: readonly string[],
  y: string,
  ys: readonly string[],
  value: string,
  textField: string | undefined,
): object {
  const axis = {
    title: null,
    grid: false,
    ticks: false,
    domain: false,
    labelLimit: 120,
    labelFontSize: xs.length > 16 || ys.length > 16 ? 9 : 11,
  }
  const place = {
    x: {
      field: x,
      type: 'nominal',
      scale: { domain: xs, paddingInner: 0.04 },
      axis: { ...axis, orient: 'top', labelAngle: xs.every((name) => name.length <= 3) ? 0 : -45 },
    },
    y: { field: y, type: 'nominal', scale: { domain: ys, paddingInner: 0.04 }, axis },
  }
  const cells = {
    transform: [
      { calculate: `datum['${value}'] >= 0`, as: 'is_above' },
      { calculate: `abs(datum['${value}'])`, as: 'size' },
    ],
    mark: { type: 'rect', cornerRadius: 2 },
    encoding: {
      ...place,
      color: {
        field: 'is_above',
        scale: { domain: [true, false], range: [COLORS.main, COLORS.warning] },
        legend: null,
      },
      fillOpacity: { field: 'size', type: 'quantitative', scale: { type: 'sqrt', range: [0.04, 0.8] }, legend: null },
    },
  }
  const text = {
    transform: [
      { calculate: `format(datum['${textField}'], abs(datum['${textField}']) >= 1000 ? '.3~s' : '.3~g')`, as: 'text' },
    ],
    mark: { type: 'text', fontSize: 10, color: COLORS.ink },
    encoding: { ...place, text: { field: 'text' } },
  }
  return { layer: textField === undefined ? [cells] : [cells, text] }
}

export function anomalyScoresChart(report: ReportData, { scores, anomalies, rows }: AnomalyReport): Chart | undefined {
  if (scores === null) return undefined
  const values = binsOf(scores).map((bin) => ({ ...bin, is_anomaly: bin.to <= 0 }))
  return chartOf({
    name: 'anomaly_scores',
    group: 'result',
    title: 'Anomaly scores',
    description: `Scores of ${countOf(rows, 'row')} (${evaluatedRowsText(report)}), from ${formatNumber(scores.from)} to ${formatNumber(scores.to)}. Below 0 are ${countOf(anomalies, 'anomaly', 'anomalies')}, ${formatPercent(anomalies / rows)}.`,
    fields: { ...BIN_FIELDS, is_anomaly: 'Anomaly' },
    values,
    spec: {
      mark: { type: 'bar', binSpacing: 1 },
      encoding: {
        x: {
          field: 'from',
          type: 'quantitative',
          bin: { binned: true },
          axis: { title: 'score', tickCount: 5, grid: false },
        },
        x2: { field: 'to' },
        y: { field: 'rows', type: 'quantitative', axis: { title: 'rows', tickCount: 4, format: '~s' } },
        color: {
          field: 'is_anomaly',
          scale: { domain: [true, false], range: [COLORS.warning, COLORS.main] },
          legend: null,
        },
      },
    },
    legend: [
      { color: COLORS.main, text: 'as usual' },
      { color: COLORS.warning, text: 'anomalies' },
    ],
  })
}
