import t from 'tap'
import { cleanText, escapeText, Html, html } from './html.ts'

t.test('values are escaped, markup is not', async (t) => {
  const name = `</p><script a='b' c="d">&`
  t.equal(
    html`<p title="${name}">${name}${new Html('<b>x</b>')}${html`<i>${1 < 2 && '<'}</i>`}</p>`.markup,
    '<p title="&lt;/p&gt;&lt;script a=&#39;b&#39; c=&quot;d&quot;&gt;&amp;">' +
      '&lt;/p&gt;&lt;script a=&#39;b&#39; c=&quot;d&quot;&gt;&amp;<b>x</b><i>&lt;</i></p>',
  )
  t.equal(html`${['<', html`<br>`, ['>']]}${null}${undefined}${false}${0}${''}`.markup, '&lt;<br>&gt;0')
})

t.test('what no document may hold, or turns its direction, is marked', async (t) => {
  t.equal(escapeText('a\0b\u0007c\u009fd\ud800e\ufffff'), 'a�b�c�d�e�f')
  t.equal(cleanText('\u202Egnp.exe\u2066'), '�gnp.exe�')
  t.equal(cleanText('line\nbreak\ttab, 名前 🎉'), 'line\nbreak\ttab, 名前 🎉')
})
