// What stands against the versions of arms: that they are there, and answer the same question in the same way.
import { ServiceError } from '../errors.ts'
import type { ColumnsReader } from '../monitoring/log/version-columns.ts'
import type { AnswerKinds } from '../monitoring/performance/answer-kinds.ts'
import type { Answers } from '../monitoring/performance/answers.ts'
import type { Project } from '../projects/project.ts'
import type { Versions } from '../projects/versions/versions.ts'
import type { MemberFaults } from '../rows/member-faults.ts'
import type { Arm } from './experiment.ts'
import type { AskedPlan } from './plan-request.ts'

export interface CheckArmsParts {
  readonly versions: Pick<Versions, 'require'>
  readonly answers: Pick<AnswerKinds, 'of'>
  readonly columns: Pick<ColumnsReader, 'of'>
}

export interface CheckedArms {
  readonly arms: readonly Arm[]
  /** Undefined where it is not known: then there are faults. */
  readonly kind: Answers['kind'] | undefined
}

interface KnownArm extends Arm {
  readonly kind: Answers['kind']
  readonly label: string
}

/**
 * Adds every fault, arm by arm, of those whose version is sound. Throws what the database throws, and OVERLOADED. Reads the artifact of a version that was never
 * asked for.
 */
export async function checkArms(
  parts: CheckArmsParts,
  project: Project,
  asked: AskedPlan['arms'],
  faults: MemberFaults,
): Promise<CheckedArms> {
  const known: KnownArm[] = []
  for (const [i, arm] of asked.entries()) {
    if (!faults.areSound(`arms.${i}.version`)) continue
    const found = await armOf(parts, project, arm, (detail) => {
      faults.add({ in: 'body', parameter: `arms.${i}.version`, detail })
    })
    if (found === undefined) continue
    const [first] = known
    known.push(found)
    if (first === undefined) continue
    const differs = differenceOf(first, found)
    if (differs !== undefined) faults.add({ in: 'body', parameter: `arms.${i}.version`, detail: differs })
  }
  const arms = known.map(({ name, version, runId }) => ({ name, version, runId }))
  return { arms, kind: known[0]?.kind }
}

async function armOf(
  { versions, answers, columns }: CheckArmsParts,
  project: Project,
  arm: Omit<Arm, 'runId'>,
  refuse: (detail: string) => void,
): Promise<KnownArm | undefined> {
  try {
    const { runId } = await versions.require(project, arm.version)
    const { answer, outputCount } = await columns.of(runId)
    if (answer === undefined) {
      refuse(`version ${arm.version} takes tensors: what it answers is not logged, and cannot be judged`)
      return undefined
    }
    if (outputCount > 1) refuse(`version ${arm.version} answers with ${outputCount} labels; expected one`)
    const kind = (await answers.of(project.projectId, arm.version))?.kind
    if (kind === undefined) refuse(`what version ${arm.version} answers is not known: its result is gone or damaged`)
    return outputCount > 1 || kind === undefined ? undefined : { ...arm, runId, kind, label: answer.name }
  } catch (error) {
    const isOfVersion = error instanceof ServiceError && ['VERSION_UNKNOWN', 'ARTIFACT_UNUSABLE'].includes(error.code)
    if (!isOfVersion) throw error
    refuse(error.message)
    return undefined
  }
}

function differenceOf(first: KnownArm, arm: KnownArm): string | undefined {
  if (arm.kind !== first.kind) {
    return `version ${arm.version} answers with ${arm.kind}, and version ${first.version} with ${first.kind}`
  }
  if (arm.label === first.label) return undefined
  const [one, other] = [JSON.stringify(arm.label), JSON.stringify(first.label)]
  return `version ${arm.version} predicts ${one}, and version ${first.version} ${other}`
}
