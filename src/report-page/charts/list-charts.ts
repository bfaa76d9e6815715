// What a recommender lists: there is more to it than its metrics, which a few items may make.
import type { RecommenderReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import { countOf, formatCount, formatPercent } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'
import { distinct } from './class-charts.ts'
import { evaluatedRowsText, nameFor } from './evaluated.ts'

export function listedItemsChart(report: ReportData, label: RecommenderReport, index: number): Chart | undefined {
  const { items, listedItems, itemCount, users, listLength } = label
  if (items.names.length === 0) return undefined
  const names = distinct(items.names)
  const values = names.map((item, i) => ({
    item,
    share_of_lists: items.listShares[i] as number,
    share_of_training_rows: items.rowShares[i] as number,
  }))
  const y = {
    field: 'item',
    type: 'nominal',
    scale: { domain: names },
    axis: { title: null, labelLimit: 160, ticks: false, domain: false, grid: false },
  }
  const x = {
    field: 'share_of_lists',
    type: 'quantitative',
    axis: { title: 'share of lists', tickCount: 5, format: '%' },
  }
  return chartOf({
    name: nameFor('listed_items', index),
    group: 'result',
    label: label.name,
    title: 'Items that are listed most',
    description: `Lists of up to ${formatCount(listLength)} for ${countOf(users, 'user')} of the ${evaluatedRowsText(report)} have ${formatCount(listedItems)} of ${countOf(itemCount, 'item')} (${formatPercent(listedItems / itemCount)}).`,
    fields: { item: 'Item', share_of_lists: 'Share of lists', share_of_training_rows: 'Share of training rows' },
    values,
    height: Math.max(140, 44 + 24 * values.length),
    spec: {
      layer: [
        { mark: { type: 'bar', color: COLORS.main }, encoding: { x, y } },
        {
          mark: { type: 'tick', color: COLORS.warning, thickness: 3 },
          encoding: { x: { field: 'share_of_training_rows', type: 'quantitative' }, y },
        },
      ],
    },
    legend: [
      { color: COLORS.main, text: 'share of lists' },
      { color: COLORS.warning, text: 'share of training rows' },
    ],
  })
}
