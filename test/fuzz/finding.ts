/** An input that was met with something else than a right answer or a typed error. */
export class Finding extends Error {
  override readonly name = 'Finding'
  readonly input: Uint8Array

  constructor(message: string, input: Uint8Array, options?: ErrorOptions) {
    super(message, options)
    this.input = input
  }
}
