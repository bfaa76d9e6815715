// Runs in a browser: what is wrong with a report as it is laid out, as a list of texts. What sticks out, what is cut, and
// what cannot be read for want of contrast.
;(() => {
  const faults = []
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} wide, of ${root.clientWidth}`)
  for (const card of document.querySelectorAll('.card')) {
    const box = card.getBoundingClientRect()
    for (const text of card.querySelectorAll('svg.chart text')) {
      const { left, right, width } = text.getBoundingClientRect()
      if (width > 0 && (left < box.left || right > box.right)) faults.push(`the label "${text.textContent}" is cut`)
    }
    for (const part of card.querySelectorAll('h3, p, .legend li, .node')) {
      if (part.scrollWidth > part.clientWidth + 1) faults.push(`"${part.textContent?.slice(0, 40)}" sticks out`)
    }
  }
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
  const luminance = (color) => {
    const [r = 0, g = 0, b = 0] = channels(color).map((channel) => {
      const share = channel / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  const card = document.querySelector('.card')
  const ground = getComputedStyle(card).backgroundColor
  const texts = [...card.querySelectorAll('p, h3, td'), ...document.querySelectorAll('svg.chart text')]
  for (const text of texts) {
    const { color, fill } = getComputedStyle(text)
    const shown = text instanceof SVGElement ? fill : color
    const isOnMark = text instanceof SVGElement && !/muted/.test(text.getAttribute('fill') ?? '')
    if (!isOnMark && contrast(shown, ground) < 4.5) faults.push(`"${text.textContent}" is ${shown} on ${ground}`)
  }
  return faults
})()
