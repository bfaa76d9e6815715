// Ends this process in good order when the one that began it is gone. npm and npx stand between a supervisor and the
// worker with a shell, which passes on no signal; and of a SIGKILL nobody tells.
// In syntax that Node 16 can read.
const { readFileSync } = require('node:fs')

const LOOK_MS = 250
/** Shells between npm and this process. */
const SHELLS_MAX = 3

// What npm begins, and what ml-worker.cjs begins in another Node. Any other parent may leave its child behind on
// purpose, as nohup and setsid do.
exports.watchParent = function watchParent() {
  const isBegun = process.env.npm_execpath !== undefined || process.env.WRAPPED_BY_ML_WORKER === '1'
  if (!isBegun || process.ppid <= 1) return
  const before = parents().join()
  const timer = setInterval(() => {
    if (isSame(before)) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS)
  timer.unref()
}

function isSame(before) {
  try {
    return parents().join() === before
  } catch (_) {
    // Out of file descriptors, say: that tells nothing of the parent.
    return true
  }
}

// The parent and, where that is a shell with one command, its parent; where the system tells (/proc) no more than that.
function parents() {
  const pids = [process.ppid]
  try {
    while (pids.length <= SHELLS_MAX) {
      const pid = pids[pids.length - 1]
      const [command, option] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (option !== '-c' || !/(^|\/)\w*sh$/.test(command)) break
      pids.push(Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]))
    }
  } catch (error) {
    // No /proc, or the process went in between: then the next look finds another parent.
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
  }
  return pids
}
