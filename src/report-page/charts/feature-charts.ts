// How the values of each feature are distributed.
import type { FeatureReport, ReportData } from '../../training-summary/report-data.ts'
import { countOf, formatNumber, formatPercent } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'
import { barsOf, distinct } from './class-charts.ts'
import { BIN_FIELDS, binsOf, histogramSpec, rangeText } from './number-charts.ts'

export function featureCharts({ features, featureRows }: ReportData): Chart[] {
  return features.map((feature, i) => featureChart(feature, featureRows, i))
}

function featureChart(feature: FeatureReport, rows: number, index: number): Chart {
  const missing = feature.missing === 0 ? 'none missing' : `${formatPercent(feature.missing / rows)} missing`
  const common = {
    name: `feature-${index + 1}`,
    group: 'features' as const,
    title: feature.name,
    width: 220,
    widthMax: 300,
  }
  if (feature.kind === 'numeric') {
    const { histogram, mean } = feature
    const range =
      histogram === null ? 'no finite value' : `numbers, ${rangeText(histogram)}, mean ${formatNumber(mean)}`
    return chartOf({
      ...common,
      description: `${range}; ${missing}.`,
      fields: BIN_FIELDS,
      values: histogram === null ? [] : binsOf(histogram),
      height: 130,
      spec: histogram === null ? null : histogramSpec(null, COLORS.second, histogram),
    })
  }
  const names = distinct([...feature.names, ...(feature.others > 0 ? ['all others'] : [])])
  const counts = [...feature.counts, ...(feature.others > 0 ? [feature.others] : [])]
  const most = feature.names[0] === undefined ? '' : `, most often ${feature.names[0]}`
  return chartOf({
    ...common,
    description: `${countOf(feature.categoryCount, 'category', 'categories')}${most}; ${missing}.`,
    fields: { category: 'Category', rows: 'Rows' },
    values: names.map((category, i) => ({ category, rows: counts[i] as number })),
    height: Math.max(80, 36 + 15 * names.length),
    spec: names.length === 0 ? null : smallBars(names),
  })
}

function smallBars(names: readonly string[]): object {
  const bars = barsOf('category', 'rows', names, COLORS.second, null) as {
    encoding: { y: { axis: object } }
  }
  return {
    ...bars,
    encoding: {
      ...bars.encoding,
      y: { ...bars.encoding.y, axis: { ...bars.encoding.y.axis, labelLimit: 80, labelFontSize: 10 } },
    },
  }
}
