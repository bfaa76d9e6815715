// What KServe's controller does with an InferenceService, as far as a test needs it: one process of this worker for each
// instance, by the command of its container, and its state in the API.
import type { Test } from 'tap'
import type { Kubernetes } from './kubernetes.ts'
import { startTestProcess, type TestProcess } from './worker-process.ts'

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
}

export interface ControllerOptions {
  readonly namespace: string
  /** Stands in for the Secret of the container. */
  readonly tokenFile: string
  /** Of each container, beside that of its manifest. */
  readonly environment: Readonly<Record<string, string>>
}

export class KserveController {
  /** By the name of the InferenceService. */
  readonly running = new Map<string, TestProcess>()
  /** Those whose pods it has made. */
  private readonly started = new Set<string>()
  private readonly t: Test
  private readonly kubernetes: Kubernetes
  private readonly options: ControllerOptions
  private readonly services: string
  private readonly pods: string

  constructor(t: Test, kubernetes: Kubernetes, options: ControllerOptions) {
    this.t = t
    this.kubernetes = kubernetes
    this.options = options
    this.services = `/apis/serving.kserve.io/v1beta1/namespaces/${options.namespace}/inferenceservices`
    this.pods = `/api/v1/namespaces/${options.namespace}/pods`
  }

  /** Looks once at what there is, and brings the processes to it. Gives the names of the InferenceServices. */
  async reconcile(): Promise<string[]> {
    const { items } = await this.kubernetes.call('GET', this.services)
    const names = items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    for (const name of this.started) {
      if (names.includes(name)) continue
      this.started.delete(name)
      await this.running.get(name)?.end('SIGTERM')
      this.running.delete(name)
      await this.kubernetes.call('DELETE', `${this.pods}/${name}-0`)
    }
    for (const name of names) if (!this.started.has(name)) await this.start(name)
    return names
  }

  private async start(name: string): Promise<void> {
    this.started.add(name)
    const service = await this.kubernetes.call('GET', `${this.services}/${name}`)
    const [container] = service.spec.predictor.containers
    const status = await this.statusOf(name, container)
    const labels = { 'serving.kserve.io/inferenceservice': name }
    const spec = { containers: [{ name: 'kserve-container', image: container.image }] }
    const metadata = { name: `${name}-0`, labels }
    await this.kubernetes.call('POST', this.pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec, status: status.pod })
    const now = await this.kubernetes.call('GET', `${this.services}/${name}`)
    await this.kubernetes.call('PUT', `${this.services}/${name}`, { ...now, status: status.service })
  }

  private async statusOf(name: string, { args, env }: Container) {
    const [node, program, command, ...rest] = args
    if (node !== 'node' || program !== 'bin/ml-worker.cjs' || command !== 'serve') {
      throw new Error(`the container runs ${args.join(' ')}`)
    }
    const given = Object.fromEntries(env.map(({ name: variable, value }) => [variable, value]))
    const environment = { ...given, ...this.options.environment, HOST: '127.0.0.1', PORT: '0' }
    const options = rest.map((arg) => (arg.startsWith('/var/run/ml-worker/') ? this.options.tokenFile : arg))
    try {
      const process = await startTestProcess(this.t, environment, options)
      this.running.set(name, process)
      return {
        pod: { conditions: [{ type: 'Ready', status: 'True' }] },
        service: { address: { url: process.url }, conditions: [{ type: 'Ready', status: 'True' }] },
      }
    } catch (error) {
      const terminated = { exitCode: 1, message: (error as Error).message }
      return {
        pod: { containerStatuses: [{ restartCount: 3, state: { terminated } }] },
        service: { conditions: [{ type: 'Ready', status: 'False' }] },
      }
    }
  }
}
