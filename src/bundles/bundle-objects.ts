// Which stored bundles are in use: those of versions with a deployment that is under way or active.
import type { Queryable } from '../database/pool.ts'
import type { ObjectOwner } from '../storage-upkeep/object-references.ts'
import { listDeployedRuns } from './deployed-runs-table.ts'

const PREFIX = 'bundles/'
const KEY = /^bundles\/(\d{1,16})\/[0-9a-f]{64}\.mlwb$/

/** The run of the version, so that a key tells whose it is. */
export function bundleKey({ runId }: { readonly runId: number }, sha256: string): string {
  return `${PREFIX}${runId}/${sha256}.mlwb`
}

/** client: of the database with the worker's own schema. */
export function bundleObjects(client: Queryable): ObjectOwner {
  return {
    prefix: PREFIX,
    async inUse(keys) {
      const runOf = (key: string): number => Number(KEY.exec(key)?.[1] ?? 0)
      const deployed = new Set(await listDeployedRuns(client, [...new Set(keys.map(runOf))]))
      return new Set(keys.filter((key) => deployed.has(runOf(key))))
    },
  }
}
