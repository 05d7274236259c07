"""From a form (HTML with placeholders) and values to a printed page, and to the truth of what stands on it.

A placeholder is {{field}} or {{field|filter:argument}}. The name of a field of the reading contract puts the value on
the paper AND into the truth; {{?field}} makes it optional in the truth (it may be read or left out); {{=name}} only
prints. {{#name}}…{{/name}} stands only when the value exists. Filters are the functions in FILTERS.
"""
import html
import pathlib
import random
import re
import subprocess
import tempfile
import unicodedata

HERE = pathlib.Path(__file__).parent

FIELDS = set("""document_date sender_institution_name sender_institution_code sender_department sender_doctor_name sender_phone sender_fax
sender_postal_code sender_address recipient_department recipient_doctor_name patient_name patient_kana patient_sex patient_birth_date
patient_postal_code patient_address patient_phone patient_id diagnosis purpose history course prescription remarks desired_dates
visited_before insurer_number insured_symbol insured_number modality body_part contrast pacemaker visit_date admission_date
discharge_date care_level pharmacy_name collected_date registration_action doctor_name doctor_kana specialty facility event_name
event_date participants referrals_out emergency_admissions referrals_back home_patients applicant_name""".split())

ERAS = [("令和", "R", (2019, 5, 1), 2018), ("平成", "H", (1989, 1, 8), 1988), ("昭和", "S", (1926, 12, 25), 1925), ("大正", "T", (1912, 7, 30), 1911), ("明治", "M", (1868, 1, 1), 1867)]
WEEKDAY = "月火水木金土日"


def ymd(iso):
    return tuple(int(x) for x in iso.split("-"))


def era(iso):
    y, m, d = ymd(iso)
    for name, letter, start, base in ERAS:
        if (y, m, d) >= start:
            return name, letter, y - base, m, d


def weekday(iso):
    import datetime
    return WEEKDAY[datetime.date(*ymd(iso)).weekday()]


def age(birth, on):
    a, b = ymd(birth), ymd(on)
    return b[0] - a[0] - ((b[1], b[2]) < (a[1], a[2]))


def ring(text, rng):
    """A word with a pen's circle round it, never twice the same."""
    j = lambda a: rng.uniform(-a, a)
    w = 62 + 38 * max(0, len(text) - 1)
    return (f'<span class="ring">{text}<svg viewBox="0 0 {w} 62" preserveAspectRatio="none" style="transform:rotate({j(7):.1f}deg)">'
            f'<path d="M {6 + j(3):.1f} {30 + j(4):.1f} C {4 + j(3):.1f} {6 + j(4):.1f} {w - 8 + j(4):.1f} {0 + j(3):.1f} {w - 4 + j(2):.1f} {28 + j(5):.1f} '
            f'C {w - 2 + j(2):.1f} {58 + j(4):.1f} {8 + j(4):.1f} {64 + j(3):.1f} {7 + j(4):.1f} {26 + j(6):.1f}"/></svg></span>')


class Filters:
    """How a value is put on paper. Each takes (value, argument, rng, values) and gives HTML."""

    @staticmethod
    def plain(v, arg, rng, values):
        return html.escape(v).replace("\n", "<br>")

    @staticmethod
    def wareki(v, *_):
        n, _l, y, m, d = era(v)
        return f"{n}{'元' if y == 1 else y}年{m}月{d}日"

    @staticmethod
    def wide_wareki(v, *_):
        n, _l, y, m, d = era(v)
        return f"{n} {y} 年 {m} 月 {d} 日"

    @staticmethod
    def dots(v, *_):
        _n, l, y, m, d = era(v)
        return f"{l}{y}.{m}.{d}"

    @staticmethod
    def short(v, *_):
        _n, l, y, m, d = era(v)
        return f"{l}{y:02d}/{m:02d}/{d:02d}"

    @staticmethod
    def seireki(v, *_):
        y, m, d = ymd(v)
        return f"{y}年{m}月{d}日"

    @staticmethod
    def slash(v, *_):
        y, m, d = ymd(v)
        return f"{y}/{m:02d}/{d:02d}"

    @staticmethod
    def bare_slash(v, *_):
        return "/".join(str(x) for x in ymd(v))

    @staticmethod
    def dash(v, *_):
        return v

    @staticmethod
    def letter_slash(v, *_):
        _n, l, y, m, d = era(v)
        return f"{l}{y}/{m}/{d}"

    @staticmethod
    def short_era(v, *_):
        """昭32.4.5"""
        n, _l, y, m, d = era(v)
        return f"{n[0]}{y}.{m}.{d}"

    @staticmethod
    def spaced_era(v, *_):
        n, _l, y, m, d = era(v)
        return f"{n[0]}　{y} 年　{m} 月　{d} 日"

    @staticmethod
    def full_wareki(v, *_):
        return full_width(Filters.wareki(v))

    @staticmethod
    def kanji_wareki(v, *_):
        """令和七年十一月三日, as letters have it."""
        return re.sub(r"\d+", lambda m: kanji_number(int(m[0])), Filters.wareki(v))

    @staticmethod
    def month_day_bare(v, *_):
        _y, m, d = ymd(v)
        return f"{m}月{d}日"

    @staticmethod
    def weekday_wareki(v, *_):
        return f"{Filters.wareki(v)}（{weekday(v)}）"

    @staticmethod
    def month_day(v, *_):
        _y, m, d = ymd(v)
        return f"{m}月{d}日（{weekday(v)}）"

    @staticmethod
    def era_ring(v, arg, rng, values):
        """明・大・昭・平・令 with one circled, then the numbers (the standard form's way)."""
        n, _l, y, m, d = era(v)
        names = (arg or "明大昭平令")
        row = "・".join(ring(c, rng) if c == n[0] else c for c in names)
        return f"{row}<span class=gap></span>{y}<small>年</small><span class=gap></span>{m}<small>月</small><span class=gap></span>{d}<small>日</small>"

    @staticmethod
    def era_number(v, arg, rng, values):
        """1.明 2.大 3.昭 4.平 5.令 with one number circled."""
        n, _l, y, m, d = era(v)
        names = (arg or "明大昭平令")
        first = "明大昭平令".index(names[0]) + 1
        row = " ".join((ring(str(i), rng) if c == n[0] else str(i)) + "." + c for i, c in enumerate(names, first))
        return f"{row}　{y}年{m}月{d}日"

    @staticmethod
    def era_boxes(v, arg, rng, values):
        """The era circled, the numbers in boxes of two digits."""
        n, _l, y, m, d = era(v)
        row = "・".join(ring(c, rng) if c == n[0] else c for c in "大昭平令")
        two = lambda k: Filters.boxes(f"{k:02d}")
        return f"{row} {two(y)}年{two(m)}月{two(d)}日"

    @staticmethod
    def era_check(v, arg, rng, values):
        n, _l, y, m, d = era(v)
        row = " ".join(("☑" if e == n else "□") + e for e in ("大正", "昭和", "平成", "令和"))
        return f"{row}　{y}年　{m}月　{d}日"

    @staticmethod
    def ring(v, arg, rng, values):
        """ring:male=男,female=女 prints every choice and circles the one that is meant."""
        return "・".join(ring(t, rng) if k == v else t for k, t in choices(arg))

    @staticmethod
    def check(v, arg, rng, values):
        """check:CT=CT,MRI=MRI prints a box before every choice and ticks the one that is meant."""
        return "　".join(("☑" if k == v else "□") + t for k, t in choices(arg))

    @staticmethod
    def fill(v, arg, rng, values):
        return "　".join(("■" if k == v else "□") + t for k, t in choices(arg))

    @staticmethod
    def tick(v, arg, rng, values):
        """A drawn box before every choice, レ in the one that is meant."""
        return "　".join(f'<span class="tick">{"レ" if k == v else ""}</span>{t}' for k, t in choices(arg))

    @staticmethod
    def penned(v, arg, rng, values):
        """A cell for every choice with a box in it, a pen's tick through the one that is meant and out of its box."""
        j = lambda a: rng.uniform(-a, a)
        box = '<rect x="3" y="3" width="26" height="26" fill="none" stroke="#000" stroke-width="2"/>'
        pen = f'<path d="M {-2 + j(6):.1f} {12 + j(4):.1f} L {11 + j(2):.1f} {25 + j(2):.1f} L {34 + j(4):.1f} {-4 + j(5):.1f}" fill="none" stroke="#111" stroke-width="3.4"/>'
        return "".join(f'<td><svg viewBox="0 0 32 32">{box}{pen if k == v else ""}</svg>{t}</td>' for k, t in choices(arg))

    @staticmethod
    def care_ring(v, arg, rng, values):
        """要支援 1・2  要介護 1・2・3・4・5, the number circled."""
        word, level = v[:-1], v[-1]
        part = lambda w, n: w + "（" + "・".join(ring(str(i), rng) if w == word and str(i) == level else str(i) for i in range(1, n + 1)) + "）"
        return part("要支援", 2) + "　" + part("要介護", 5)

    @staticmethod
    def care_check(v, *_):
        return " ".join(("☑" if c == v else "□") + c for c in CARE_LEVELS)

    @staticmethod
    def department_ring(v, arg, rng, values):
        """The departments of the house in a row, the wanted one circled."""
        return "・".join(ring(d, rng) if d == v else d for d in around(v))

    @staticmethod
    def department_check(v, *_):
        return " ".join(f"<span class=nw>{'☑' if d == v else '□'}{d}</span>" for d in around(v))

    @staticmethod
    def facility_check(v, *_):
        rooms = ["大会議室", "小会議室", "図書室"]
        return "　".join(("☑" if c == v else "□") + c for c in rooms + ([] if v in rooms else [v]))

    @staticmethod
    def tel(v, arg, *_):
        """How a number is written: dash, paren (0144)33-4678, mid_paren 0144(33)4678, full width."""
        a, b, c = v.split("-")
        return {"paren": f"({a}){b}-{c}", "mid_paren": f"{a}({b}){c}", "full": full_width(v)}.get(arg, v)

    @staticmethod
    def zen(v, *_):
        return html.escape(full_width(v))

    @staticmethod
    def legal_above(v, *_):
        """The legal person in small letters over the name of the house."""
        *legal, house = v.split(" ")
        return f'<span style="display:inline-block;line-height:1.2"><small>{" ".join(legal)}</small><br>{house}</span>' if legal and "法人" in legal[0] else html.escape(v).replace(" ", "　")

    @staticmethod
    def joined_lines(v, *_):
        return html.escape(v).replace("\n", "")

    @staticmethod
    def one(v, arg, rng, values):
        """one:male=男性,female=女性 prints only the one that is meant."""
        return dict(choices(arg))[v]

    @staticmethod
    def wide(v, *_):
        return html.escape(v).replace(" ", "　")

    @staticmethod
    def html(v, *_):
        """Rows of a table that the case has written itself."""
        return v

    @staticmethod
    def nothing(v, *_):
        """Stands in the truth, is not printed again."""
        return ""

    @staticmethod
    def joined(v, *_):
        return html.escape(v).replace(" ", "")

    @staticmethod
    def hiragana(v, *_):
        return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in v).replace(" ", "　")

    @staticmethod
    def half_kana(v, *_):
        return half_kana(v)

    @staticmethod
    def boxes(v, *_):
        return '<span class="boxes">' + "".join(f"<i>{c}</i>" for c in v) + "</span>"

    @staticmethod
    def seal(v, arg, rng, values):
        """A red name seal, slightly askew."""
        name = v.split()[0][:3]
        return f'<span class="seal" style="transform:rotate({rng.uniform(-14, 14):.1f}deg)">{"<br>".join(name)}</span>'

    @staticmethod
    def big_seal(v, arg, rng, values):
        n = -(-len(v) // 3)
        cols = [v[i * 3:i * 3 + 3] for i in range(n)]
        return f'<span class="bigseal" style="transform:rotate({rng.uniform(-5, 5):.1f}deg)">' + "".join(f"<b>{'<br>'.join(c)}</b>" for c in reversed(cols)) + "</span>"


FILTERS = {k: v for k, v in vars(Filters).items() if isinstance(v, staticmethod)}


def choices(arg):
    return [tuple(c.split("=", 1)) for c in arg.split(",")]


HALF = dict(zip("ァアィイゥウェエォオカキクケコサシスセソタチッツテトナニヌネノハヒフヘホマミムメモャヤュユョヨラリルレロワヲンー・、。",
                "ｧｱｨｲｩｳｪｴｫｵｶｷｸｹｺｻｼｽｾｿﾀﾁｯﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓｬﾔｭﾕｮﾖﾗﾘﾙﾚﾛﾜｦﾝｰ･､｡"))


CARE_LEVELS = ["要支援1", "要支援2", "要介護1", "要介護2", "要介護3", "要介護4", "要介護5"]


DEPARTMENTS = ["内科", "消化器内科", "循環器内科", "呼吸器内科", "外科", "整形外科", "泌尿器科", "眼科", "皮膚科", "小児科"]


def around(department):
    """The department among others of the house."""
    return DEPARTMENTS if department in DEPARTMENTS else DEPARTMENTS[:7] + [department]


def full_width(v):
    return re.sub(r"[0-9-]", lambda m: "－" if m[0] == "-" else chr(ord(m[0]) + 0xFEE0), v)


def kanji_number(n):
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else "一二三四五六七八九"[tens - 1] + "十") + (" 一二三四五六七八九"[ones] if ones else "")


def half_kana(v):
    out = ""
    for c in unicodedata.normalize("NFD", v):
        out += {"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(c) or HALF.get(c, c)
    return out


def front(form):
    """The comment at the head of a form ('key: value' lines) and the form itself."""
    if not isinstance(form, str):
        return {"kind": form.kind, "font": form.font, "title": form.name}, form.text()
    text = (HERE / "forms" / f"{form}.html").read_text(encoding="utf-8")
    head, body = re.match(r"\s*<!--(.*?)-->(.*)", text, re.S).groups()
    keys = {}
    for line in head.strip().splitlines():
        k, v = line.split(":", 1)
        keys[k.strip()] = v.strip()
    return keys, body


def normal(field, value):
    """The value as the reading contract wants it."""
    v = unicodedata.normalize("NFKC", value)
    return "\n".join(line.strip() for line in v.splitlines()).strip()


class Filled:
    """A form filled in: its HTML, and what stands on it. The form is the name of a file of forms/ or a drawn layout."""

    def __init__(self, form, values, seed, font=None):
        self.form, self.values = form if isinstance(form, str) else form.name, values
        self.drawn, self.zoom, self.tall = not isinstance(form, str), 1.0, 1.0
        self.overleaf = getattr(form, "overleaf", False)
        self.keys, body = front(form)
        self.kind = self.keys.get("kind")
        self.font = font or self.keys["font"]
        self.fields, self.optional = {}, {}
        rng = random.Random(seed)
        while True:
            new = re.sub(r"\{\{#([\w.]+)\}\}((?:(?!\{\{#).)*?)\{\{/\1\}\}", lambda m: m[2] if values.get(m[1]) else "", body, flags=re.S)
            if new == body:
                break
            body = new
        self.body = re.sub(r"\{\{([?=]?)([\w]+)(?:\[(\d+)\])?(?:\|(\w+)(?::([^}]*))?)?\}\}", lambda m: self._put(m, rng), body)
        left = re.search(r"\{\{[^}]*\}\}", self.body)
        assert not left, f"{form}: {left[0]} was not understood"
        self.pages = len(re.findall(r'<section\b', self.body))

    def _put(self, m, rng):
        mark, name, index, filt, arg = m.groups()
        value = self.values.get(name)
        assert value is not None, f"{self.form}: no value for {name}"
        if mark != "=":
            assert name in FIELDS, f"{self.form}: {name} is no field of the reading contract; write {{{{={name}}}}}"
            whole = ",".join(value) if isinstance(value, list) else normal(name, value)
            (self.optional if mark == "?" else self.fields)[name] = whole
        if isinstance(value, list):
            value = value[int(index)] if int(index) < len(value) else None
            if value is None:
                return ""
        put = FILTERS[filt or "plain"].__func__(value, arg, rng, self.values)
        return f'<span class="filled">{put}</span>' if self.drawn and "+" in self.font and mark != "=" and "<table" not in put else put

    def truth(self):
        optional = {k: v for k, v in self.optional.items() if k not in self.fields}
        return self.fields, optional

    def page_mm(self):
        return {"A4": (210, 297), "A4 landscape": (297, 210), "B5": (182, 257)}[self.keys.get("page", "A4")]

    def document(self):
        w, h = self.page_mm()
        css = (HERE / "forms" / "base.css").read_text(encoding="utf-8")
        families = ", ".join(f'"{f.strip()}"' for f in self.font.split("+"))
        head = f"@page {{ size: {w}mm {h}mm; margin: 0 }} :root {{ --w: {w}mm; --h: {h - 0.4}mm }} body {{ font-family: {families}, sans-serif }}"
        second = self.font.split("+")[-1].strip()
        zoom = f" section {{ zoom: {self.zoom}; --tall: {self.tall} }}" if self.drawn else ""
        return f'<!doctype html><html lang="ja"><meta charset="utf-8"><title>{html.escape(self.keys.get("title", self.form))}</title><style>{css}{head} .filled {{ font-family: "{second}" }}{zoom}</style><body>{self.body}</body></html>'


def to_pdf(filled, out):
    """Prints with headless Chromium. A drawn layout that runs over its pages gets less empty room, then smaller letters, or goes on overleaf."""
    data, pages = printed(filled)
    if filled.drawn:
        while pages > filled.pages and filled.zoom > 0.8:
            if filled.tall > 0.3:
                filled.tall = round(filled.tall - 0.35, 2)
            elif filled.overleaf:
                break
            else:
                filled.zoom = round(filled.zoom - 0.06, 2)
            data, pages = printed(filled)
        filled.pages = pages
    assert pages == filled.pages, f"{filled.form}: {filled.pages} sections became {pages} pages; something does not fit its page"
    pathlib.Path(out).write_bytes(data)


def printed(filled):
    """The PDF and its number of pages; the dates inside are set to one moment so that the same input gives the same bytes."""
    with tempfile.TemporaryDirectory() as tmp:
        page = pathlib.Path(tmp) / "form.html"
        page.write_text(filled.document(), encoding="utf-8")
        raw = pathlib.Path(tmp) / "out.pdf"
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={tmp}/profile",
                        "--no-pdf-header-footer", "--generate-pdf-document-outline=false", f"--print-to-pdf={raw}", page.as_uri()], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        data = raw.read_bytes()
    data = re.sub(rb"/(CreationDate|ModDate) \(D:\d{14}", lambda m: b"/" + m[1] + b" (D:20261101000000", data)
    return data, len(re.findall(rb"/Type\s*/Page\b(?!s)", data))
