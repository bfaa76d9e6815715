// Gives the schemas of an OpenAPI document that have a title a name: in components/schemas, with references to them.

/** Values that are data, whatever their members are called. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'value'])

/**
 * A copy of the document, in which each schema with a title stands once, under components/schemas. Throws when two that
 * differ have the same title.
 */
export function hoistTitled<T extends object>(document: T & { components?: { schemas?: object } }): T {
  const named = new Map<string, object>()
  const copyOf = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(copyOf)
    if (typeof node !== 'object' || node === null) return node
    const entries = Object.entries(node).map(([key, value]) => [key, DATA.has(key) ? value : copyOf(value)])
    const { title, ...copy } = Object.fromEntries(entries)
    if (typeof title !== 'string') return Object.fromEntries(entries)
    const known = named.get(title)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy)) {
      throw new Error(`two schemas that differ have the title ${title}`)
    }
    named.set(title, copy)
    return { $ref: `#/components/schemas/${title}` }
  }
  const { paths, ...rest } = document as T & { paths?: unknown }
  const hoisted = copyOf(paths)
  const schemas = Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...rest, paths: hoisted, components: { ...document.components, schemas } } as T
}
