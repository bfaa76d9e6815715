// What a version was asked for, so that asking again makes the same artifact.
import type { Version, VersionRequest } from '../project.ts'

/**
 * All parameters that the version had, and what its held-out rows were drawn by. A search is made again from what it began
 * with, for its trials are part of the artifact; one that had a bound in time ends where it ended then. evaluationsOf: how
 * many candidates the search of a run judged.
 */
export async function repeatedRequest(
  { request, parameters, splitSeed, runId }: Version,
  evaluationsOf: (runId: number) => Promise<number>,
): Promise<VersionRequest> {
  const options = { ...request.options, ...(splitSeed === null ? {} : { split_seed: splitSeed }) }
  const search = request.options['search'] as Readonly<Record<string, unknown>> | undefined
  if (search === undefined) return { ...request, parameters: parameters ?? request.parameters, options }
  const { seconds = null, ...others } = search
  if (seconds === null) return { ...request, options }
  return { ...request, options: { ...options, search: { ...others, evaluations: await evaluationsOf(runId) } } }
}
