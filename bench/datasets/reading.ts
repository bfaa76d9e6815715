// One reading of a file in a process of its own. Usage: node reading.ts table|statistics FILE. Prints the seconds
// that its thread computed: other work on the machine does not count.
import { describeBody } from '../../src/datasets/describe-body.ts'
import { MemoryBudget } from '../../src/memory/memory-budget.ts'
import { readTable } from '../../src/rows/read-table.ts'

const [, , what, path = ''] = process.argv
const memory = MemoryBudget.of(2 ** 33).hold('the rows as a table')
const begun = process.threadCpuUsage()
if (what === 'statistics') await describeBody(path, { form: 'csv', dialect: {} }, memory)
else await readTable(path, 'csv')
const { user, system } = process.threadCpuUsage(begun)
console.log((user + system) / 1e6)
