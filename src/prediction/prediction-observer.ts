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
