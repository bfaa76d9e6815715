// npm start: the worker, in a process of its own.
import { runProcess } from './run-process.ts'
import { startService } from './service.ts'

runProcess(startService)
