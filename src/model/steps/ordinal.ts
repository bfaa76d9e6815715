// Categories as numbers, in their order (scikit-learn's OrdinalEncoder).
import type { EncodingStep, FittedStep, Frame, StepOptions } from './step.ts'
import { kindOf, selects } from './step.ts'

/**
 * Takes the codes of categorical columns, 0 … k−1 in the order of the categories, as plain numbers. Missing stays
 * missing.
 */
export function ordinal(options: StepOptions = {}): EncodingStep {
  const fitted: FittedStep = {
    type: 'ordinal',
    transform: (frame: Frame) => ({
      ...frame,
      categoryCounts: frame.categoryCounts.map((count, j) =>
        selects(options, frame.columnNames[j] as string) ? 0 : count,
      ),
      kinds: frame.columns.map((_, j) => {
        const kind = kindOf(frame, j)
        return kind === 'categorical' && selects(options, frame.columnNames[j] as string) ? 'numeric' : kind
      }),
    }),
    toState: () => ({}),
  }
  return { type: 'ordinal', fit: () => fitted, restore: () => fitted }
}
