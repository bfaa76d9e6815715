// The commands of the command line, by name: what each is for, in the order in which the overview shows them.
import type { Command } from './command.ts'

/** Each is loaded when it is called. */
export const COMMANDS = new Map<string, { readonly summary: string; readonly load: () => Promise<Command> }>([
  [
    'check',
    {
      summary: 'Tell whether a model class keeps its contract, and what to do where it does not',
      load: async () => (await import('./check.ts')).checkCommand,
    },
  ],
  [
    'train',
    {
      summary: 'Train a model class on the rows of a file; no service or database is needed',
      load: async () => (await import('./train.ts')).trainCommand,
    },
  ],
  [
    'predict',
    {
      summary: 'Predict the rows of a file with an artifact that train has written',
      load: async () => (await import('./predict.ts')).predictCommand,
    },
  ],
  [
    'data',
    {
      summary: 'Describe a file of rows: its columns, and what stands out among them',
      load: async () => (await import('./data.ts')).dataCommand,
    },
  ],
  [
    'models',
    {
      summary: 'List the model classes of the models folder, and the files that cannot be used',
      load: async () => (await import('./models.ts')).modelsCommand,
    },
  ],
  [
    'doctor',
    {
      summary: 'Tell whether the worker can work here: configuration, folder, database, tables and grants',
      load: async () => (await import('./doctor.ts')).doctorCommand,
    },
  ],
  [
    'migrate',
    {
      summary: "Make the worker's own schemas, or bring them up to date",
      load: async () => (await import('./migrate.ts')).migrateCommand,
    },
  ],
  [
    'storage',
    {
      summary: 'Find stored objects that nothing refers to, and have them deleted',
      load: async () => (await import('./storage.ts')).storageCommand,
    },
  ],
  [
    'token',
    {
      summary: 'Make, list and revoke the API tokens that callers send with ACCESS=required',
      load: async () => (await import('./token.ts')).tokenCommand,
    },
  ],
  [
    'audit',
    {
      summary: 'Tell whether the audit is as it was written',
      load: async () => (await import('./audit.ts')).auditCommand,
    },
  ],
  [
    'retention',
    {
      summary: 'Remove what the schema of the worker has kept long enough, or tell of it',
      load: async () => (await import('./retention.ts')).retentionCommand,
    },
  ],
  [
    'encryption-key',
    {
      summary: 'Make a key for ENCRYPTION_KEY_FILE',
      load: async () => (await import('./encryption-key.ts')).encryptionKeyCommand,
    },
  ],
  [
    'signing-key',
    {
      summary: 'Make a key for SIGNING_KEY_FILE',
      load: async () => (await import('./signing-key.ts')).signingKeyCommand,
    },
  ],
  [
    'export',
    {
      summary: 'Write a finished run of a running worker as a file of ONNX, for other runtimes',
      load: async () => (await import('./export.ts')).exportCommand,
    },
  ],
  [
    'rotate-keys',
    {
      summary: 'Bring what is stored to the first key of ENCRYPTION_KEY_FILE',
      load: async () => (await import('./rotate-keys.ts')).rotateKeysCommand,
    },
  ],
  [
    'project',
    {
      summary: 'Make, list and archive the projects of a running worker',
      load: async () => (await import('./project.ts')).projectCommand,
    },
  ],
  [
    'import',
    {
      summary: 'Bring a running worker the file of a model of another framework, as a version of a project',
      load: async () => (await import('./import.ts')).importCommand,
    },
  ],
  [
    'version',
    {
      summary: 'Train, list, compare and reproduce the versions of a project of a running worker',
      load: async () => (await import('./version.ts')).versionCommand,
    },
  ],
  [
    'review',
    {
      summary: 'Ask for the review of a version of a running worker, decide on it, and list what waits for one',
      load: async () => (await import('./review.ts')).reviewCommand,
    },
  ],
  [
    'deploy',
    {
      summary: 'Have a version of a project of a running worker answer in an environment',
      load: async () => (await import('./deploy.ts')).deployCommand,
    },
  ],
  [
    'rollback',
    {
      summary: 'Have what was active in an environment before answer again',
      load: async () => (await import('./rollback.ts')).rollbackCommand,
    },
  ],
  [
    'deployments',
    {
      summary: 'List what is deployed and what was, undeploy and scale, on a running worker',
      load: async () => (await import('./deployments.ts')).deploymentsCommand,
    },
  ],
  [
    'outcomes',
    {
      summary: 'Tell a running worker what was true of predictions',
      load: async () => (await import('./outcomes.ts')).outcomesCommand,
    },
  ],
  [
    'performance',
    {
      summary: 'How right the deployed versions of a project of a running worker were',
      load: async () => (await import('./performance.ts')).performanceCommand,
    },
  ],
  [
    'retrain',
    {
      summary: 'Train a challenger of what a running worker has deployed, and see what retrainings came to',
      load: async () => (await import('./retrain.ts')).retrainCommand,
    },
  ],
  [
    'search',
    {
      summary: 'Search for parameters of a project of a running worker, and train its next version with the best',
      load: async () => (await import('./search.ts')).searchCommand,
    },
  ],
  [
    'experiment',
    {
      summary: 'Draft experiments on a running worker, start and stop them, see what they found, promote the winner',
      load: async () => (await import('./experiment.ts')).experimentCommand,
    },
  ],
  [
    'alerts',
    {
      summary: 'List the alerts of a running worker, acknowledge, mute and resolve them',
      load: async () => (await import('./alerts.ts')).alertsCommand,
    },
  ],
  [
    'webhook',
    {
      summary: 'Make, list, test and delete the webhooks of a running worker, and repeat their deliveries',
      load: async () => (await import('./webhook.ts')).webhookCommand,
    },
  ],
  [
    'explain',
    {
      summary: 'Tell what each feature contributes to what a running worker predicts of the rows of a file',
      load: async () => (await import('./explain.ts')).explainCommand,
    },
  ],
  [
    'serve',
    {
      summary: 'Run the worker, as npm start does',
      load: async () => (await import('./serve.ts')).serveCommand,
    },
  ],
])
