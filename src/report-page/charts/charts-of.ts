// Every chart of a report, in the order of the page.
import type { LabelReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import type { Chart } from './chart.ts'
import { classBalanceChart, confusionChart } from './class-charts.ts'
import { calibratedChart, thresholdChart } from './cross-fitting-charts.ts'
import { calibrationChart, precisionRecallChart, rocChart } from './curve-charts.ts'
import { dependenceCharts } from './dependence-charts.ts'
import { featureCharts } from './feature-charts.ts'
import { coefficientsChart, heldOutImportancesChart, importancesChart, lossChart, treeChart } from './fit-charts.ts'
import { anomalyScoresChart, clusterCentresChart, clusterSizesChart } from './group-charts.ts'
import { listedItemsChart } from './list-charts.ts'
import { metricsChart } from './metrics-chart.ts'
import { predictedActualChart, residualDistributionChart, residualsChart, targetChart } from './number-charts.ts'
import { searchCharts } from './search-charts.ts'

export function chartsOf(report: ReportData): Chart[] {
  const charts = [
    metricsChart(report),
    ...report.labels.flatMap((label, index) => labelCharts(report, label, index)),
    ...searchCharts(report.search),
    ...featureCharts(report),
  ]
  return charts.filter((chart) => chart !== undefined)
}

function labelCharts(report: ReportData, label: LabelReport, index: number): (Chart | undefined)[] {
  switch (label.kind) {
    case 'classifier':
      return [
        confusionChart(report, label, index),
        rocChart(report, label, index),
        precisionRecallChart(report, label, index),
        calibrationChart(report, label, index),
        calibratedChart(report, label, index),
        thresholdChart(report, label, index),
        classBalanceChart(report, label, index),
        ...fitCharts(report, label, index),
      ]
    case 'regressor':
      return [
        predictedActualChart(report, label, index),
        residualsChart(label, index),
        residualDistributionChart(report, label, index),
        targetChart(report, label, index),
        ...fitCharts(report, label, index),
      ]
    case 'clusterer':
      return [clusterSizesChart(report, label), clusterCentresChart(label)]
    case 'anomaly_detector':
      return [anomalyScoresChart(report, label)]
    case 'recommender':
      return [listedItemsChart(report, label, index)]
  }
}

function fitCharts(report: ReportData, label: Parameters<typeof treeChart>[0], index: number): (Chart | undefined)[] {
  return [
    importancesChart(report, label, index),
    heldOutImportancesChart(report, label, index),
    ...dependenceCharts(label, index),
    coefficientsChart(label, index),
    lossChart(label, index),
    treeChart(label, index),
  ]
}
