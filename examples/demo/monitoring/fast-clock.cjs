// Loaded before the worker of the demonstration (node --require): lets its hours pass in seconds. FAST_CLOCK is when the
// demonstration began and the time of day that it began with, in ms since 1970, and how many times as fast that passes. The fast time
// ends where it meets the real one, so that nothing ever comes from the future.
const given = process.env.FAST_CLOCK
if (given !== undefined) {
  const [began, start, speed] = given.split(',').map(Number)
  const RealDate = Date
  const now = () => {
    const real = RealDate.now()
    return Math.min(real, Math.floor(start + (real - began) * speed))
  }
  globalThis.Date = class FastDate extends RealDate {
    constructor(...values) {
      super(...(values.length === 0 ? [now()] : values))
    }

    static now() {
      return now()
    }

    static [Symbol.hasInstance](value) {
      return value instanceof RealDate
    }
  }
}
