// The texts of faults about rows and values that no table takes. `what` names what was found: "an array".

export function notAValue(what: string): string {
  return `expected a number, a string, a boolean or null, got ${what}`
}

export function notARow(what: string): string {
  return `expected an object of values by column name, got ${what}`
}
