// What predictions tell about themselves to whoever counts them.

export interface PredictedFigures {
  readonly modelName: string
  readonly rowCount: number
  /** From the rows as bytes to the answer as text. */
  readonly seconds: number
  /** Values of categories that training never saw. */
  readonly unseenCount: number
}

export interface PredictionObserver {
  predicted(figures: PredictedFigures): void
  /** A pipeline was found in the cache, or had to be loaded. */
  looked(isHit: boolean): void
  evicted(): void
}

/** A prediction that was made. */
export interface MadePrediction extends Pick<PredictionStory, 'place' | 'rowCount'> {
  /** Values of categories that training never saw. */
  readonly unseenCount: number
  /** Of performance.now(). */
  readonly startedAt: number
}

/** How one prediction was made, for whoever wants to know of it by itself. */
export interface PredictionStory {
  readonly runId: number
  readonly modelName: string
  /** On the service's own thread, or on the prediction thread. */
  readonly place: 'in place' | 'thread'
  readonly rowCount: number
  /** Without HTTP, and without the load of the pipeline on the service's thread. */
  readonly seconds: number
}
