// Where compiled code is kept for all processes of a run of tests, where whoever runs them says so (.ci/run).
const { NODE_COMPILE_CACHE } = process.env

/** For the environment of a process that a test starts with one of its own. */
export const COMPILE_CACHE: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
