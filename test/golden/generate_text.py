"""Golden values of texts as numbers: run with scikit-learn to write text.json anew."""

import json
from pathlib import Path

import sklearn
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

TEXTS = [
    "One pump leaks; the other pump hums.",
    "Die Straße ist naß, die STRASSE ist NASS",
    "ÉCOLE école e\u0301cole",
    "İstanbul ISTANBUL ıstanbul",
    "ΟΔΟΣ οδος Οδός",
    "Быстрый насос протекает, насос шумит",
    "東京タワー と 大阪城 東京タワー",
    "परीक्षण हिन्दी में",
    "it's the user's co-operative e-mail: a.b@example.com",
    "x² + y³ = 12½ and ٣٤ and Ⅳ",
    "snake_case __init__ _ a_b",
    "emoji 🙂🙂 𝔘𝔫𝔦 𝒄𝒐𝒅𝒆 𐐔𐐇 text",
    "",
    "  \t\n ",
    "a b c d",
    "pump pump pump pump 10 100 1,000.50",
    "ﬁne ﬂow ǅ ŉ",
]


def rows(matrix):
    matrix.sort_indices()
    return [
        [[int(column), float(value)] for column, value in zip(matrix[i].indices, matrix[i].data)]
        for i in range(matrix.shape[0])
    ]


tfidf, count = TfidfVectorizer(), CountVectorizer()
# A quarter of the words: fewer than have a frequency of their own, so that no tie is cut.
golden = {
    "scikit_learn": sklearn.__version__,
    "texts": TEXTS,
    "tfidf": rows(tfidf.fit_transform(TEXTS)),
    "words": tfidf.get_feature_names_out().tolist(),
    "count": rows(count.fit_transform(TEXTS)),
    "hashing": {str(n): rows(HashingVectorizer(n_features=n).transform(TEXTS)) for n in (16, 1000, 1024)},
    "limited": {
        "width": 2,
        "words": TfidfVectorizer(max_features=2).fit(TEXTS).get_feature_names_out().tolist(),
        "tfidf": rows(TfidfVectorizer(max_features=2).fit_transform(TEXTS)),
    },
}
path = Path(__file__).with_name("text.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
