// How predictions depend on the most important features, on the mean over rows.
import type { DependenceReport } from '../../training-summary/fit-report.ts'
import type { ClassifierReport, RegressorReport } from '../../training-summary/label-report.ts'
import { countOf, formatNumber } from '../format.ts'
import { type Chart, chartOf, type DataRow, type LegendEntry, SERIES } from './chart.ts'
import { distinct } from './class-charts.ts'
import { nameFor } from './evaluated.ts'
import { axisFormat } from './number-charts.ts'

/** One for each feature; none for reports of earlier versions. */
export function dependenceCharts(label: ClassifierReport | RegressorReport, index: number): Chart[] {
  return (label.dependences ?? []).map((dependence, k) => dependenceChart(label, dependence, index, k))
}

function dependenceChart(
  label: ClassifierReport | RegressorReport,
  dependence: DependenceReport,
  index: number,
  k: number,
): Chart {
  const { name, rows, lines } = dependence
  const said = label.kind === 'classifier' ? 'probability' : 'prediction'
  const texts = distinct(lines.map((line) => line ?? label.name))
  const values = valuesOf(dependence, texts, label.kind === 'classifier')
  const all = dependence.values.flat()
  const range = `from ${formatNumber(Math.min(...all))} to ${formatNumber(Math.max(...all))}`
  return chartOf({
    name: nameFor(`partial_dependence_${k + 1}`, index),
    group: 'inside',
    label: label.name,
    title: `By ${name}`,
    description: `The mean ${said} of ${countOf(rows, 'row')} if ${name} had this value in all of them, and all else stayed: ${range}. A flat line does not depend on it.`,
    fields: { class: 'Class', value: name, mean: `Mean ${said}` },
    values,
    height: 220,
    spec: specOf(dependence, texts, said),
    legend: texts.length === 1 && lines[0] === null ? [] : legendOf(texts, said),
  })
}

function valuesOf(dependence: DependenceReport, texts: readonly string[], hasClasses: boolean): DataRow[] {
  const points = dependence.kind === 'numeric' ? dependence.points : distinct(dependence.names)
  return texts.flatMap((text, line) =>
    points.map((value, at) => ({
      class: hasClasses ? text : null,
      value,
      mean: dependence.values[line]?.[at] as number,
    })),
  )
}

function specOf({ kind, values }: DependenceReport, texts: readonly string[], said: string): object {
  const colors = texts.map((_, line) => SERIES[line % SERIES.length] as string)
  const color =
    texts.length === 1
      ? { value: colors[0] }
      : { field: 'class', type: 'nominal', scale: { domain: texts, range: colors }, legend: null }
  const mean = {
    field: 'mean',
    type: 'quantitative',
    scale: { zero: false, nice: true },
    axis: { title: `mean ${said}`, tickCount: 5, ...axisFormat(values.flat()) },
  }
  if (kind === 'numeric') {
    const x = { field: 'value', type: 'quantitative', scale: { zero: false }, axis: { title: null, tickCount: 5 } }
    return { mark: { type: 'line', point: { size: 18 }, strokeWidth: 2 }, encoding: { x, y: mean, color } }
  }
  const y = { field: 'value', type: 'nominal', sort: null, axis: { title: null, labelLimit: 120 } }
  return { mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x: mean, y, color } }
}

function legendOf(texts: readonly string[], said: string): LegendEntry[] {
  return texts.map((text, line) => ({ color: SERIES[line % SERIES.length] as string, text: `${said} of ${text}` }))
}
