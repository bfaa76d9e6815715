// ml-worker models: what the models folder holds.
import { readConfig } from '../config.ts'
import type { ColumnNames } from '../model/model.ts'
import { discoverModels } from '../registry/discover.ts'
import { type Command, CommandError } from './command.ts'
import { textTable } from './text-table.ts'

export const modelsCommand: Command = {
  usage: '[--dir FOLDER] [--json]',
  details: [
    '  --dir FOLDER           the folder; default MODELS_DIR of the environment or of .env',
    '  --json                 everything as JSON',
  ].join('\n'),
  options: { dir: { type: 'string' }, json: { type: 'boolean' } },
  takes: [],
  async run({ values }, terminal) {
    const folder = (values['dir'] as string | undefined) ?? readConfig().MODELS_DIR
    const { models, skipped } = await discoverModels(folder).catch((error) => {
      throw new CommandError(`the models folder cannot be read: ${error.message}; name another with --dir`, {
        cause: error,
      })
    })
    const described = models.map(({ model, type, className }) => ({
      name: model.name,
      state: 'usable',
      type,
      class: className,
      feature_names: model.feature_names,
      label_names: model.label_names,
      default_parameters: model.get_default_parameters(),
    }))
    if (values['json'] === true) terminal.out(JSON.stringify({ models: described, skipped }, undefined, 2))
    else {
      const rows = described.map((model) => [
        model.name,
        model.state,
        model.type,
        shown(model.feature_names),
        shown(model.label_names),
        JSON.stringify(model.default_parameters),
      ])
      terminal.out(textTable([['model', 'state', 'type', 'features', 'labels', 'default parameters'], ...rows], false))
      for (const { file, reason } of skipped) terminal.err(`${file} cannot be used: ${reason}`)
      if (skipped.length > 0) terminal.err('npx ml-worker check FILE explains each.')
    }
    return skipped.length === 0 ? 0 : 1
  },
}

function shown(names: ColumnNames): string {
  return names === '*' ? '*' : names.join(', ') || 'none'
}
