// Versions from the best to the worst by one metric.
import { invalidRequest, type ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'

/** The first that there is counts. */
const USUAL = ['validation_accuracy', 'validation_r2', 'accuracy', 'r2']
/** What a leaderboard goes by where nobody says, of the metrics that there are. */
export function usualOf(there: readonly string[]): string | undefined {
  return USUAL.find((name) => there.includes(name))
}

/** metric: undefined where nobody says one. */
export function noSuchMetric(metric: string | undefined, there: readonly string[]): ServiceError {
  const faults = new FaultList()
  const has =
    there.length === 0 ? 'no version has metrics yet' : `the newest versions have ${there.slice(0, 50).join(', ')}`
  const detail = `${metric === undefined ? 'missing' : 'no version has this metric'}: ${has}`
  faults.add({ in: 'query', parameter: 'metric', detail })
  return invalidRequest(faults)
}
