// Loaded in the process of each test file (.taprc), behind what tap loads there to find out what a test covers. Tap adds that to
// every process which a test starts: a tenth of the processor time of a worker's start, for figures that nobody asks for.
import processOnSpawn from 'process-on-spawn'
import '../../bin/public-entries.cjs'

processOnSpawn.removeAllListeners()
const options = process.env.NODE_OPTIONS?.replace(/"?--import=[^\s"]*\/@tapjs\/processinfo\/[^\s"]*"?/, '').trim()
if (options) process.env.NODE_OPTIONS = options
else delete process.env.NODE_OPTIONS
