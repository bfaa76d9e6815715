// What must hold of experiments once the service is up again: a key keeps its arm, counts once, and an experiment is decided once.
import type pg from 'pg'
import { type ExperimentFlow, PROJECT } from './experiment-flow.ts'

interface ExperimentRow {
  readonly id: number
  readonly state: string
  readonly isLate: boolean
  readonly deciding: number
  readonly concluded: number
  readonly told: number
  /** Units of its newest look; of one that is concluded the deciding one. Null before the first. */
  readonly counted: number | null
  readonly units: number
  /** Rows by an arm that is not the one of their unit. */
  readonly elsewhere: number
}

/** Returns what is broken, and how many experiments were decided. */
export async function checkExperiments(
  owner: pg.Pool,
  { started, sent }: Pick<ExperimentFlow, 'started' | 'sent'>,
): Promise<{ readonly broken: string[]; readonly decided: number }> {
  const { rows } = await owner.query<ExperimentRow>(
    `select experiment_id::int as id, e.state, e.assigns_until < now() - interval '3 minutes' as "isLate",
       (select count(*)::int from ml_worker.experiment_looks l where l.experiment_id = e.experiment_id and is_deciding) as deciding,
       (select count(*)::int from ml_worker.audit_events a
        where a.action = 'experiment.conclude' and a.resource = 'experiment/' || e.experiment_id) as concluded,
       (select count(*)::int from ml_worker.notices n
        where notice_type = 'experiment.concluded' and (n.data->>'experiment')::bigint = e.experiment_id) as told,
       (select (select sum((u->>'exposed')::int)::int from json_array_elements(l.counts->'counts'->'phases') p,
            json_array_elements(p->'units') u)
        from ml_worker.experiment_looks l where l.experiment_id = e.experiment_id order by look_id desc limit 1) as counted,
       (select count(*)::int from ml_worker.experiment_units u where u.experiment_id = e.experiment_id) as units,
       (select count(*)::int from ml_worker.experiment_rows r join ml_worker.experiment_units u using (experiment_id, phase, unit)
        where r.experiment_id = e.experiment_id and r.arm <> u.arm) as elsewhere
     from ml_worker.experiments e join ml_worker.projects using (project_id)
     where project_name = $1 and e.state <> 'draft' order by 1`,
    [PROJECT],
  )
  const broken: string[] = []
  const known = new Set(rows.map(({ id }) => id))
  for (const id of started) if (!known.has(id)) broken.push(`experiment ${id} was started, and does not run`)
  for (const { id, state, isLate, deciding, concluded, told, counted, units, elsewhere } of rows) {
    const ends = state === 'concluded' ? 1 : 0
    if (deciding !== ends || concluded !== ends || told !== ends) {
      broken.push(
        `experiment ${id} is ${state}, with ${deciding} deciding looks, ${concluded} entries and ${told} notices`,
      )
    }
    if (state === 'running' && isLate) broken.push(`experiment ${id} runs on, minutes after its end`)
    if (elsewhere > 0) broken.push(`${elsewhere} rows of experiment ${id} are of another arm than their unit`)
    const keys = sent.get(id)?.size ?? 0
    if (units > keys) broken.push(`experiment ${id} has ${units} units of ${keys} keys`)
    if ((counted ?? 0) > units) broken.push(`a look at experiment ${id} counted ${counted} units of ${units}`)
  }
  return { broken, decided: rows.filter(({ state }) => state === 'concluded').length }
}
