// A thread of the trainer process that ends it with the service, even while a fit keeps the main thread busy.
import { Socket } from 'node:net'

/** The service holds the other end of this descriptor and never writes: it closes when the service is gone. */
const LIFELINE_FD = 4

// Not a blocking read: a process that exits waits for its threads, and would wait for that for ever.
new Socket({ fd: LIFELINE_FD })
  .on('error', () => {})
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume()
