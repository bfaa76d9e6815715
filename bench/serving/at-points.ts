// One model at every number of rows and connections: the worker, and the peer where it has the model too.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '../../src/database/pool.ts'
import { type LoadFigures, load } from './load.ts'
import type { ServedModel } from './models.ts'
import { type Trained, trainToEnd } from './runs.ts'
import { predictUrl, type Server } from './servers.ts'
import { loadCells, medianBy, percent, ratio } from './words.ts'

/** Before each training, so that nobody still has the one before to clear away. */
const REST_MS = 1_000

export const CONNECTIONS = [1, 4, 64]
export const ROW_COUNTS = [1, 1000]

/** Files with the bodies of predictions, by their number of rows. */
export type Bodies = ReadonlyMap<number, string>

export interface Point {
  readonly rows: number
  readonly connections: number
  readonly ours: LoadFigures
  readonly theirs: LoadFigures | undefined
}

export interface ModelFigures {
  readonly name: string
  readonly ours: Trained
  readonly theirs: Trained | undefined
  readonly points: readonly Point[]
}

/** The bare route at every point, by `${rows} ${connections}`. */
export type Floor = ReadonlyMap<string, LoadFigures>

export async function measureFloor(bare: Server, bodies: Bodies, seconds: number): Promise<Floor> {
  const floor = new Map<string, LoadFigures>()
  for (const { rows, connections, bodyFile } of points(bodies)) {
    floor.set(`${rows} ${connections}`, await load({ url: predictUrl(bare, 1), connections, seconds, bodyFile }))
  }
  return floor
}

export async function measureModel(
  database: Queryable,
  servers: { readonly worker: Server; readonly peer: Server | undefined },
  { name, peer: peerName }: ServedModel,
  given: { readonly body: string; readonly bodies: Bodies; readonly seconds: number; readonly repeats: number },
): Promise<ModelFigures> {
  const { worker } = servers
  const peer = peerName === undefined ? undefined : servers.peer
  const [trained, peerTrained]: [Trained[], Trained[]] = [[], []]
  for (let repeat = 0; repeat < given.repeats; repeat++) {
    await sleep(REST_MS)
    trained.push(await trainToEnd(database, worker.url, name, given.body))
    if (peer === undefined) continue
    const other = await trainToEnd(database, peer.url, peerName as string, given.body).catch((error: Error) => {
      console.error(`the peer: ${error.message}`)
    })
    if (other !== undefined) peerTrained.push(other)
  }
  const ours = medianBy(trained, (one) => one.seconds)
  const theirs = peerTrained.length === 0 ? undefined : medianBy(peerTrained, (one) => one.seconds)
  const measured: Point[] = []
  for (const { rows, connections, bodyFile } of points(given.bodies)) {
    const point = { connections, seconds: given.seconds, bodyFile }
    const ownUrl = predictUrl(worker, ours.run)
    const peerUrl = peer === undefined || theirs === undefined ? undefined : predictUrl(peer, theirs.run)
    if (connections === CONNECTIONS[0]) {
      // Warm: compiled, and with the pipeline loaded.
      await load({ ...point, url: ownUrl, seconds: 1 })
      if (peerUrl !== undefined) await load({ ...point, url: peerUrl, seconds: 1 })
    }
    const own = await load({ ...point, url: ownUrl })
    const other = peerUrl === undefined ? undefined : await load({ ...point, url: peerUrl })
    measured.push({ rows, connections, ours: own, theirs: other })
  }
  return { name, ours, theirs, points: measured }
}

function points(bodies: Bodies) {
  return ROW_COUNTS.flatMap((rows) =>
    CONNECTIONS.map((connections) => ({ rows, connections, bodyFile: bodies.get(rows) as string })),
  )
}

export const FLOOR_HEAD =
  '| the bare route: rows | connections | requests/s | p50 ms | p99 ms |\n| --: | --: | --: | --: | --: |'

export function floorLines(floor: Floor): string[] {
  return [...floor].map(([point, figures]) => `| ${point.replace(' ', ' | ')} | ${loadCells(figures)} |`)
}

export const TRAIN_HEAD =
  '| model | train s | theirs | ratio | stored bytes | theirs | ratio |\n| --- | --: | --: | --: | --: | --: | --: |'

export function trainLine({ name, ours, theirs }: ModelFigures): string {
  const seconds = `${ours.seconds.toFixed(3)} | ${theirs?.seconds.toFixed(3) ?? ''} | ${ratio(ours.seconds, theirs?.seconds)}`
  const bytes = `${ours.storedBytes} | ${theirs?.storedBytes ?? ''} | ${ratio(ours.storedBytes, theirs?.storedBytes)}`
  return `| ${name} | ${seconds} | ${bytes} |`
}

export const PREDICT_HEAD =
  '| model | rows | connections | requests/s | p50 ms | p99 ms | of the bare route | theirs: requests/s | p50 ms | p99 ms | times theirs |\n' +
  '| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |'

export function predictLines({ name, points: measured }: ModelFigures, floor: Floor): string[] {
  return measured.map(({ rows, connections, ours, theirs }) => {
    const base = floor.get(`${rows} ${connections}`) as LoadFigures
    const share = percent(ours.requestsPerSecond / base.requestsPerSecond)
    const others = theirs === undefined ? ' | | ' : loadCells(theirs)
    const times = ratio(ours.requestsPerSecond, theirs?.requestsPerSecond)
    return `| ${name} | ${rows} | ${connections} | ${loadCells(ours)} | ${share} | ${others} | ${times} |`
  })
}
