// Where in its time an experiment is looked at.

export interface JudgeTime {
  /** Nobody is assigned any more: maxDurationDays are over. */
  readonly assignmentEnded: boolean
  /** The label window after it is over, too: outcomes have been waited for, and this is the last look. */
  readonly labelsAwaited: boolean
}
