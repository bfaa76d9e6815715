// A picture of lines over rows, as SVG: the same text for the same numbers.

export interface Line {
  readonly name: string
  /** A colour that is seen on white and on black. */
  readonly colour: string
  readonly isDashed?: boolean
  /** Shares from 0 to 1, one each step of the axis, the first one at the first step. */
  readonly shares: readonly number[]
}

export interface Picture {
  readonly title: string
  /** What it shows, in words, for those who do not see it. */
  readonly description: string
  /** Rows at the last point. */
  readonly rows: number
  /** The top of the axis, a multiple of a fifth of itself. */
  readonly shareMax: number
  readonly lines: readonly Line[]
  /** A share that is promised. */
  readonly promise?: { readonly share: number; readonly name: string }
}

const [WIDTH, HEIGHT] = [720, 360]
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 190, 40, 48]

export function drawPicture({ title, description, rows, shareMax, lines, promise }: Picture): string {
  const x = (row: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * row) / rows
  const y = (share: number): number => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * share) / shareMax
  const marks = [0, 1, 2, 3, 4, 5]
  const grid = marks.flatMap((i) => {
    const share = (shareMax * i) / 5
    const row = (rows * i) / 5
    return [
      `<path class="grid" d="M${LEFT} ${round(y(share))}H${WIDTH - RIGHT}"/>`,
      `<text x="${LEFT - 8}" y="${round(y(share) + 4)}" text-anchor="end">${round(100 * share)} %</text>`,
      `<text x="${round(x(row))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${row.toLocaleString('en')}</text>`,
    ]
  })
  const drawn = lines.flatMap(({ colour, isDashed, shares }) => {
    const points = shares.map((share, i) => `${round(x((rows * (i + 1)) / shares.length))} ${round(y(share))}`)
    return `<path fill="none" stroke="${colour}" stroke-width="2"${dashes(isDashed)} d="M${points.join('L')}"/>`
  })
  const promised = promise
    ? [
        `<path class="promise" d="M${LEFT} ${round(y(promise.share))}H${WIDTH - RIGHT}"/>`,
        `<text x="${WIDTH - RIGHT - 4}" y="${round(y(promise.share) - 5)}" text-anchor="end">${promise.name}</text>`,
      ]
    : []
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="12">`,
    `<title id="title">${title}</title><desc id="desc">${description}</desc>`,
    '<style>text{fill:#555}.grid{stroke:#8886;stroke-width:1}.promise{stroke:#888;stroke-width:1.5;stroke-dasharray:2 3}',
    '@media (prefers-color-scheme:dark){text{fill:#bbb}}</style>',
    `<text x="${LEFT}" y="22" font-size="14">${title}</text>`,
    ...grid,
    ...promised,
    ...drawn,
    ...legend(lines, y),
    `<text x="${round((LEFT + WIDTH - RIGHT) / 2)}" y="${HEIGHT - 8}" text-anchor="middle">labelled rows</text>`,
    '</svg>\n',
  ].join('\n')
}

/** Names near the ends of lines, apart from each other, with a piece of their line. */
function legend(lines: readonly Line[], y: (share: number) => number): string[] {
  const ends = lines.map((line) => ({ ...line, at: y(line.shares.at(-1) ?? 0) }))
  ends.sort((a, b) => a.at - b.at)
  let above = -Infinity
  return ends.flatMap(({ name, colour, isDashed, at }) => {
    above = Math.max(at + 4, above + 17)
    const x = WIDTH - RIGHT + 8
    return [
      `<path fill="none" stroke="${colour}" stroke-width="2"${dashes(isDashed)} d="M${x} ${round(above - 4)}h24"/>`,
      `<text x="${x + 30}" y="${round(above)}" style="fill:${colour}">${name}</text>`,
    ]
  })
}

function dashes(isDashed = false): string {
  return isDashed ? ' stroke-dasharray="6 4"' : ''
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
