// The entry of the thread that draws reports, one after another.
import { answerCalls } from '../threads/answer-calls.ts'
import type { RenderCalls } from './render-messages.ts'
import { renderReport } from './render-report.ts'

answerCalls<RenderCalls>({ render: ({ report, head }) => renderReport(report, head) })
