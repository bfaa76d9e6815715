import t from 'tap'
import { wordsOf } from './text-features.ts'
import { WordTable } from './word-table.ts'

const texts = [
  '',
  'a I x',
  'Red pump, RED pump_2; red-hot é été ÉTÉ',
  'İstanbul ΣΊΣΥΦΟΣ ΟΔΟΣ straße STRASSE ﬁne',
  '中文 文字列 한국어 не-русский русский٣٤ x²',
  '𝒳𝒴 𝒳 𠀀𠀁 lone\ud800surrogate \udc00x tail\ud83d',
  `${'long'.repeat(3_000)} tail`,
  Array.from({ length: 5_000 }, (_, k) => `w${k % 1_700}`).join(' '),
]

t.test('a table counts the words that the pattern of scikit-learn finds, in any script', async (t) => {
  const table = new WordTable()
  for (const text of texts) {
    const { length, ids, counts } = table.count(text, true)
    const expected = new Map<string, number>()
    for (const word of wordsOf(text)) expected.set(word, (expected.get(word) ?? 0) + 1)
    const found = Array.from({ length }, (_, k) => [table.wordAt(ids[k] as number), counts[k]])
    t.same(
      found,
      [...expected].map(([word, count]) => [word.toWellFormed(), count]),
      text.slice(0, 20),
    )
  }
  t.equal(table.size, new Set(texts.flatMap(wordsOf)).size)
})

t.test('a table of known words finds these by their place, and no others', async (t) => {
  const words = ['pump', 'red', 'été', '𝒳𝒴']
  const table = WordTable.of(words)
  const { length, ids, counts } = table.count('blue pump, red PUMP 𝒳𝒴', false)
  t.same([...ids.subarray(0, length)], [0, 1, 3])
  t.same([...counts.subarray(0, length)], [2, 1, 1])
  t.equal(table.size, words.length)
})
