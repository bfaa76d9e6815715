// How the parameters were found: every trial across its parameters, and its score against each of them.
import { rankTrials, type SearchReport } from '../../training-summary/search-report.ts'
import { clipped, countOf, formatNumber } from '../format.ts'
import { type Chart, COLORS, chartOf, type DataRow } from './chart.ts'
import { distinct } from './class-charts.ts'

/** Trials and parameters that are drawn; the data of the search has all. */
const TRIALS_MAX = 200
const PARAMETERS_MAX = 8
/** Values that stand at an axis of names. */
const NAMES_MAX = 12
const FIELDS = { trial: 'Trial', parameter: 'Parameter', value: 'Value', group: 'Group' }
const GROUPS = ['other trials', 'best quarter', 'best trial'] as const
const GROUP_COLORS = [COLORS.faint, COLORS.main, COLORS.warning]

/** A parameter that has several values among the trials. */
interface Axis {
  readonly name: string
  readonly isNumeric: boolean
  readonly isLog: boolean
  /** By trial of the report: as it reads. */
  readonly texts: readonly string[]
  /** By trial, where isNumeric. */
  readonly numbers: readonly number[]
  /** Names, or the ends of the numbers, with their places from 0 to 1. */
  readonly ticks: ReadonlyMap<string, number>
}

export function searchCharts(search: SearchReport | undefined): (Chart | undefined)[] {
  if (search === undefined) return []
  const ranked = rankTrials(search).filter((trial) => isJudged(search, trial))
  const axes = axesOf(search).slice(0, PARAMETERS_MAX)
  if (ranked.length < 2 || axes.length === 0) return []
  const shown = ranked.slice(0, TRIALS_MAX)
  return [parallelChart(search, axes, shown), ...axes.map((axis, i) => scoreChart(search, axis, shown, i))]
}

/** Scores of trials that ended early are of some folds only. */
function isJudged({ trials }: SearchReport, trial: number): boolean {
  return trials[trial]?.state === 'finished' || trials[trial]?.state === 'dropped'
}

function axesOf({ parameters, trials }: SearchReport): Axis[] {
  const names = distinct(parameters.map(({ name }) => name))
  return parameters.flatMap(({ log }, j): Axis[] => {
    const values = trials.map((trial) => JSON.parse(trial.values[j] as string) as unknown)
    // Several parameters at once have no place on an axis.
    if (values.some((value) => typeof value === 'object' && value !== null)) return []
    const texts = values.map((value) => (typeof value === 'string' ? clipped(value) : clipped(JSON.stringify(value))))
    if (new Set(texts).size < 2) return []
    const isNumeric = values.every((value) => typeof value === 'number')
    const numbers = isNumeric ? (values as number[]) : []
    const isLog = log && numbers.every((value) => value > 0)
    const axis = { name: names[j] as string, isNumeric, isLog, texts, numbers }
    if (!isNumeric) {
      const levels = [...new Set(texts)].sort()
      return [{ ...axis, ticks: new Map(levels.map((level, i) => [level, i / (levels.length - 1)])) }]
    }
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    const ticks = new Map([
      [formatNumber(least), 0],
      [formatNumber(most), 1],
    ])
    return [{ ...axis, ticks }]
  })
}

function placeOf({ isNumeric, isLog, numbers, texts, ticks }: Axis, trial: number): number {
  if (!isNumeric) return ticks.get(texts[trial] as string) ?? 0
  return placeIn(numbers, numbers[trial] as number, isLog)
}

/** From 0 for the least to 1 for the largest of the numbers. */
function placeIn(numbers: readonly number[], value: number, isLog: boolean): number {
  const scale = (number: number): number => (isLog ? Math.log(number) : number)
  const [least, most] = [scale(Math.min(...numbers)), scale(Math.max(...numbers))]
  return most > least ? Number(((scale(value) - least) / (most - least)).toPrecision(6)) : 0.5
}

function groupOf(place: number, count: number): string {
  return place === 0 ? GROUPS[2] : place < count / 4 ? GROUPS[1] : GROUPS[0]
}

function parallelChart(search: SearchReport, axes: readonly Axis[], shown: readonly number[]): Chart {
  const { scoring, trials, lowerIsBetter } = search
  const means = shown.map((trial) => trials[trial]?.mean as number)
  const names = [...axes.map(({ name }) => name), scoring]
  // The best are drawn last, over the others.
  const lines = [...shown.entries()].reverse().flatMap(([rank, trial]): (DataRow & { place: number })[] => {
    const common = { trial: trial + 1, group: groupOf(rank, shown.length) }
    const ofAxes = axes.map((axis) => ({
      ...common,
      parameter: axis.name,
      value: axis.texts[trial] as string,
      place: placeOf(axis, trial),
    }))
    const mean = means[rank] as number
    return [...ofAxes, { ...common, parameter: scoring, value: formatNumber(mean), place: placeIn(means, mean, false) }]
  })
  const scoreTicks = [Math.min(...means), Math.max(...means)].map((mean, i) => [formatNumber(mean), i] as const)
  const ticks = [
    ...axes.map(({ name, ticks }) => [name, [...ticks].slice(0, NAMES_MAX)] as const),
    [scoring, scoreTicks] as const,
  ]
  const texts = ticks.flatMap(([parameter, of]) => of.map(([text, place]) => ({ parameter, text, place })))
  const x = {
    field: 'parameter',
    type: 'nominal',
    scale: { domain: names },
    axis: { title: null, labelAngle: 0, grid: true, labelLimit: 90 },
  }
  const y = { field: 'place', type: 'quantitative', scale: { domain: [0, 1] }, axis: null }
  return chartOf({
    name: 'search_trials',
    group: 'search',
    title: 'Trials across their parameters',
    description: `Each line is a trial; at the right is its mean ${scoring} over the folds, ${lowerIsBetter ? 'lower' : 'higher'} is better. ${countOf(shown.length, 'trial')} judged on all folds${shown.length < trials.length ? ` of ${trials.length}` : ''}.`,
    fields: { ...FIELDS, place: 'Place on the axis' },
    values: lines,
    width: 560,
    height: 300,
    widthMax: 620,
    spec: {
      layer: [
        {
          mark: { type: 'line', strokeWidth: 1.4, opacity: 0.75 },
          encoding: {
            x,
            y,
            detail: { field: 'trial' },
            color: { field: 'group', scale: { domain: [...GROUPS], range: GROUP_COLORS }, legend: null },
          },
        },
        {
          data: { values: texts },
          mark: { type: 'text', color: COLORS.muted, fontSize: 10, align: 'left', dx: 4, limit: 80 },
          encoding: { x, y, text: { field: 'text' } },
        },
      ],
    },
    legend: GROUPS.map((text, i) => ({ color: GROUP_COLORS[i] as string, text })).reverse(),
  })
}

function scoreChart(search: SearchReport, axis: Axis, shown: readonly number[], index: number): Chart {
  const { scoring, trials } = search
  const { name, isNumeric, isLog, texts, numbers } = axis
  const values = [...shown.entries()].reverse().map(([rank, trial]) => ({
    trial: trial + 1,
    value: isNumeric ? (numbers[trial] as number) : (texts[trial] as string),
    score: trials[trial]?.mean as number,
    group: groupOf(rank, shown.length),
  }))
  const best = texts[search.best] as string
  const numeric = {
    type: 'quantitative',
    scale: { zero: false, ...(isLog ? { type: 'log' } : {}) },
    axis: { title: name, tickCount: 5 },
  }
  const nominal = { type: 'nominal', axis: { title: name, labelAngle: 0, labelLimit: 80 } }
  return chartOf({
    name: `search_score-${index + 1}`,
    group: 'search',
    title: name,
    description: `Mean ${scoring} over the folds by ${name}; the best trial has ${best}.`,
    fields: { trial: 'Trial', value: name, score: scoring, group: 'Group' },
    values,
    height: 240,
    spec: {
      mark: { type: 'point', filled: true, size: 36, opacity: 0.8 },
      encoding: {
        x: { field: 'value', ...(isNumeric ? numeric : nominal) },
        y: { field: 'score', type: 'quantitative', scale: { zero: false }, axis: { title: scoring, tickCount: 5 } },
        color: { field: 'group', scale: { domain: [...GROUPS], range: GROUP_COLORS }, legend: null },
      },
    },
  })
}
