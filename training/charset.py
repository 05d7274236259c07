"""The characters the line recogniser can write, and how text is written in them.

One class per look: what a fax cannot tell apart (full-width digits and letters, the two wave
dashes, the hyphens) is one class; unit ligatures (㎎, ℡) are written out and half-width kana are
written in full (ﾊﾞ as バ), as NFKC does and as the base network already reads them.
"""

import re
import unicodedata

ASCII = "".join(chr(c) for c in range(0x21, 0x7F))
HIRAGANA = "".join(chr(c) for c in range(0x3041, 0x3094))
KATAKANA = "".join(chr(c) for c in range(0x30A1, 0x30F7))
MARKS = "・ーヽヾゝゞ々〆〇、。「」『』【】〔〕〈〉《》…‥‘’“”°′″〃仝"
SYMBOLS = (
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"
    "□■☑✓○●◯◎◇◆△▲▽▼☆★〒℡㊞㈱㈲№㎎㎖㎏㎝㎡㎜℃※→←↑↓⇒"
    "±×÷≠≦≧≒∞∴√￥¥£§♂♀―～〜‐－／＊☎"
    "αβγδεθκλμπσφωΔΣΩΦ"
)
NAME_GLYPHS = "髙﨑﨔濵德瀨栁𠮷邉邊辺齋齊斎斉澤國櫻眞廣惠濱嶋嶌曻﨟郞閒黑增綠橫煇淸靑鄕"

# Written with other classes: nothing on a fax tells these apart, or NFKC writes them so.
SAME = {
    "〜": "～", "￥": "¥", "‐": "-", "－": "-", "−": "-", "–": "-", "—": "―", "─": "―", "━": "―",
    "／": "/", "＊": "*", "◯": "○", "〇": "○", "µ": "μ", "′": "'", "″": '"', "‥": "…",
    "℡": "TEL", "№": "No", "㎎": "mg", "㎖": "ml", "㎏": "kg", "㎝": "cm", "㎡": "m2", "㎜": "mm",
    "Ⅺ": "XI", "Ⅻ": "XII", "㏄": "cc", "‘": "'", "’": "'", "“": '"', "”": '"', "\u3000": " ",
}

# A new class starts from the weights of the character it looks like most.
LOOKS = {
    "髙": "高", "﨑": "崎", "﨔": "欅", "濵": "濱", "德": "徳", "瀨": "瀬", "栁": "柳", "𠮷": "吉",
    "﨟": "臈", "曻": "昇", "㊞": "印", "㈲": "有", "☑": "□", "鰺": "鯵", "穐": "秋", "欝": "鬱",
    "鴬": "鶯", "侭": "儘", "竃": "竈", "檪": "櫟", "麭": "麺", "剱": "剣", "劒": "剣", "釼": "劍",
    "澑": "溜", "廏": "厩", "纉": "纘", "舮": "艫", "迯": "逃", "韈": "襪", "孁": "霊",
    "ヱ": "エ", "ゐ": "る", "ゑ": "る", "ゔ": "う",
}


def kanji():
    """The kanji of JIS X 0208, levels 1 and 2."""
    found = []
    for row in range(16, 85):
        for cell in range(1, 95):
            try:
                found.append(bytes([0xA0 + row, 0xA0 + cell]).decode("euc_jp"))
            except UnicodeDecodeError:
                pass
    return found


def characters():
    """The classes in order, without the blank (0) and the space (last)."""
    wanted = list(ASCII + HIRAGANA + KATAKANA + MARKS + SYMBOLS) + kanji() + list(NAME_GLYPHS)
    return [c for c in dict.fromkeys(wanted) if c not in SAME]


def written(text):
    """`text` as the recogniser writes it: full-width ASCII narrow, half-width kana wide, one space for a gap."""
    out = []
    for c in re.sub("[｡-ﾟ]+", lambda m: unicodedata.normalize("NFKC", m[0]), text):
        if 0xFF01 <= ord(c) <= 0xFF5E and c != "～":
            c = chr(ord(c) - 0xFEE0)
        out.append(SAME.get(c, c))
    text = re.sub(r"(?<=[0-9])[ー―](?=[0-9])", "-", "".join(out))
    return re.sub(" +", " ", text).strip()
