import t from 'tap'
import { ProgressBar } from './progress-bar.ts'

const terminal = (isInteractive: boolean) => ({ out: () => {}, err: () => {}, isInteractive })

t.test('a terminal sees how far it is and with what, and nothing of it is left', async (t) => {
  const written: string[] = []
  const bar = new ProgressBar(terminal(true), (text) => written.push(text))
  bar.show(0, 4, 'binning')
  bar.show(4, 4, 'growing')
  bar.end()
  t.equal(written.length, 3)
  t.match(written[0], /░{30} {3}0 % {2}binning$/)
  t.match(written[1], /█{30} 100 % {2}growing$/)
  t.equal(written[2], '\r\x1b[2K')
})

t.test('what is no terminal sees nothing', async (t) => {
  const bar = new ProgressBar(terminal(false), () => t.fail('it was written to'))
  bar.show(1, 1, 'growing')
  bar.end()
})

t.test('nothing is taken away that was never drawn', async () => {
  new ProgressBar(terminal(true), () => t.fail('it was written to')).end()
})
