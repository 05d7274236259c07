-- Pairs of characters of what documents say, each written as ten letters. `document_gram(query)` is its search, on both databases.
-- Five letters are one character: what a search of one character asks for has an index of its own.
CREATE VIRTUAL TABLE IF NOT EXISTS document_gram
    USING fts5(grams, content='', contentless_delete=1, detail=none, prefix='5', tokenize='ascii');
