// The Chromium of this machine, where there is one.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'

const executablePath = findOnPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])

/** For the options of a test: why it cannot run here, or false. */
export const skipsWithoutBrowser: string | false =
  executablePath === undefined ? 'no Chromium on the path: apt-get install chromium' : false

function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** A browser that asks nobody but those whom its pages ask; it is closed when the test ends. flags: without dashes. */
export async function launchBrowser(t: Test, flags: readonly string[] = []): Promise<Browser> {
  const usual = ['no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-background-networking']
  const all = ['headless', ...usual, 'disable-component-update', 'disable-sync', ...flags]
  const browser = await chromium.launch({
    executablePath: executablePath as string,
    args: all.map((flag) => `--${flag}`),
  })
  t.teardown(() => browser.close())
  return browser
}
