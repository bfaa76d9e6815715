// Optional packages, which npm leaves out where they do not take the Node that npm itself runs on.

/** Undefined where it is installed; else what a test says that cannot do without. */
export async function missing(name: string): Promise<string | undefined> {
  return import(name).then(
    () => undefined,
    () => `${name} is not installed: npm leaves optional packages out that ask for a newer Node than it runs on`,
  )
}
