// Where a version comes from and what came of it, as a graph.
import type { Version } from '../project.ts'
import { isImported } from './version-request.ts'

export interface LineageNode {
  /** "dataset/7", "version/3", "deployment/12". */
  readonly id: string
  readonly type: 'dataset' | 'version' | 'deployment'
  readonly label: string
  /** Of the data set's content, or of the artifact: a deployment has that of its version. */
  readonly sha256: string
}

/** Reads as a sentence: "dataset/7 is training_data_of version/3". */
export interface LineageEdge {
  readonly from: string
  readonly to: string
  readonly relation: 'training_data_of' | 'golden_rows_of' | 'parent_of' | 'deployed_as'
}

/** A deployment of a version. */
export interface DeployedAs {
  readonly deploymentId: number
  readonly version: number
  /** "production, active". */
  readonly label: string
}

export interface Lineage {
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
}

/** Each version is behind its data set and its parent, where that is among the versions; deployments are behind theirs. */
export function lineageOf(versions: readonly Version[], deployments: readonly DeployedAs[]): Lineage {
  const nodes = new Map<string, LineageNode>()
  const edges: LineageEdge[] = []
  const shown = new Set(versions.map(({ version }) => version))
  for (const each of versions) {
    const id = `version/${each.version}`
    const dataset = `dataset/${each.datasetId}`
    const label = `${each.datasetName} ${each.datasetVersion}`
    nodes.set(dataset, { id: dataset, type: 'dataset', label, sha256: each.datasetSha256 })
    nodes.set(id, { id, type: 'version', label: `version ${each.version}`, sha256: each.artifactSha256 })
    edges.push({ from: dataset, to: id, relation: isImported(each) ? 'golden_rows_of' : 'training_data_of' })
    if (each.parent !== null && shown.has(each.parent)) {
      edges.push({ from: `version/${each.parent}`, to: id, relation: 'parent_of' })
    }
  }
  for (const { deploymentId, version, label } of deployments) {
    const from = `version/${version}`
    const sha256 = nodes.get(from)?.sha256
    if (sha256 === undefined) continue
    const id = `deployment/${deploymentId}`
    nodes.set(id, { id, type: 'deployment', label, sha256 })
    edges.push({ from, to: id, relation: 'deployed_as' })
  }
  return { nodes: [...nodes.values()], edges }
}
