"""The invented town: its hospital, patients, institutions and doctors, and the masters made of them.

Nobody here exists. Telephone numbers use local exchanges that begin with 0 and mobile numbers 0x0-0, which are never
assigned; postal codes stand in an unused block; institution codes carry a right check digit in the unused district 99.
"""
import csv
import random

HOSPITAL = {
    "name": "霧沢市民総合病院",
    "corp": "地方独立行政法人 霧沢市病院機構",
    "pref": "長野県",
    "zip": "399-9901",
    "address": "長野県霧沢市若宮町2丁目8番1号",
    "phone": "0269-00-1000",
    "phone2": "0269-00-1088",
    "fax": "0269-00-1099",
    "office": "地域連携室",
    "mail": "renkei@kirisawa-hp.example.jp",
    "director": "守矢 敬一郎",
}

# The hospital's own doctors, as senders address them.
STAFF = {
    "消化器内科": "小泉 沙耶香", "循環器内科": "真島 克己", "呼吸器内科": "伴野 竜也", "整形外科": "牛山 貴文",
    "脳神経外科": "降旗 晋", "脳神経内科": "百瀬 理恵", "泌尿器科": "丸茂 一成", "眼科": "有賀 志保", "皮膚科": "花岡 ゆき",
    "外科": "赤羽 忠幸", "乳腺外科": "北條 真知子", "糖尿病内科": "両角 俊輔", "耳鼻咽喉科": "折井 雅彦", "放射線科": "千村 亮介",
    "小児科": "平出 なつみ", "血液内科": "宮坂 透",
}

FAMILY = """荒砥アラト 有賀アルガ 飯沼イイヌマ 池上イケガミ 伊東イトウ 今牧イママキ 上条カミジョウ 臼田ウスダ 内堀ウチボリ 大日方オビナタ
大槻オオツキ 岡沢オカザワ 小口オグチ 小山オヤマ 柿崎カキザキ 片桐カタギリ 金子カネコ 神戸カンベ 北沢キタザワ 木内キウチ
草間クサマ 倉科クラシナ 黒岩クロイワ 桑原クワバラ 小池コイケ 小岩井コイワイ 児玉コダマ 酒井サカイ 坂田サカタ 桜井サクライ
佐々木ササキ 清水シミズ 下平シモダイラ 白鳥シラトリ 関口セキグチ 高見タカミ 滝沢タキザワ 竹内タケウチ 田中タナカ 塚田ツカダ
土屋ツチヤ 手塚テヅカ 寺島テラシマ 徳永トクナガ 中島ナカジマ 永井ナガイ 西沢ニシザワ 野口ノグチ 橋爪ハシヅメ 花岡ハナオカ
原田ハラダ 樋口ヒグチ 平沢ヒラサワ 藤森フジモリ 保科ホシナ 堀内ホリウチ 牧野マキノ 増沢マスザワ 松田マツダ 丸山マルヤマ
三沢ミサワ 宮下ミヤシタ 武藤ムトウ 茂木モテギ 百瀬モモセ 柳沢ヤナギサワ 矢島ヤジマ 山浦ヤマウラ 山口ヤマグチ 横山ヨコヤマ
吉岡ヨシオカ 和田ワダ 渡辺ワタナベ 若林ワカバヤシ 高橋タカハシ 髙橋タカハシ 斎藤サイトウ 齋藤サイトウ 浜田ハマダ 山崎ヤマザキ""".split()

MEN = """昭夫アキオ 明彦アキヒコ 篤アツシ 勇イサム 一郎イチロウ 栄一エイイチ 治オサム 和男カズオ 勝マサル 清キヨシ 健太ケンタ 孝一コウイチ
幸雄ユキオ 聡サトシ 茂シゲル 修シュウ 俊介シュンスケ 翔太ショウタ 信二シンジ 進ススム 大輔ダイスケ 隆タカシ 拓海タクミ 武タケシ 忠義タダヨシ 達也タツヤ
勉ツトム 利夫トシオ 直樹ナオキ 秀樹ヒデキ 博ヒロシ 誠マコト 正和マサカズ 三男ミツオ 実ミノル 康平コウヘイ 悠斗ユウト 義雄ヨシオ 龍之介リュウノスケ 蓮レン""".split()

WOMEN = """愛子アイコ 明美アケミ 麻衣マイ 綾アヤ 育代イクヨ 栄子エイコ 恵美子エミコ 佳代カヨ 和江カズエ 清美キヨミ 久美子クミコ 桂子ケイコ 幸子サチコ
早苗サナエ 静江シズエ 淳子ジュンコ 澄江スミエ 節子セツコ 千鶴チヅル 千代子チヨコ 敏江トシエ 奈緒ナオ 直美ナオミ 信子ノブコ 春香ハルカ 久枝ヒサエ
裕美ヒロミ 房子フサコ 文江フミエ 真由美マユミ 美咲ミサキ 美智子ミチコ 光江ミツエ 実花ミカ 由紀ユキ 陽菜ヒナ 好子ヨシコ 里奈リナ 玲子レイコ 和歌子ワカコ""".split()

# (municipality, area code, postal prefix, quarters)
TOWNS = [
    ("霧沢市", "0269", "399-99", "若宮町 大手町 桜台 柳原 緑ケ丘 東雲町 中央 本郷 泉台 川端町".split()),
    ("上鷹野市", "0268", "399-98", "旭町 南が丘 清水町 栄町 本町 城下".split()),
    ("北原郡鏡原町", "0269", "399-97", "大字鏡原 大字下条 大字池尻".split()),
    ("北原郡柏木村", "0269", "399-96", "大字柏木 大字奥平".split()),
]


def split_kana(entry):
    """'荒砥アラト' -> ('荒砥', 'アラト')"""
    i = next(i for i, c in enumerate(entry) if "ァ" <= c <= "ヺ")
    return entry[:i], entry[i:]


def check_digit(nine):
    """The verification digit of a 保険医療機関コード (all nine digits; in 11-14 only the last six)."""
    digits = [int(c) for c in (nine[3:] if nine[:2] in ("11", "12", "13", "14") else nine)]
    total = 0
    for i, d in enumerate(reversed(digits)):
        v = d * (2 if i % 2 == 0 else 1)
        total += v // 10 + v % 10
    return str((10 - total % 10) % 10)


def code(table, number, pref="20"):
    nine = f"{pref}{table}99{number:04d}"
    return nine + check_digit(nine)


class Town:
    """Everybody and everything, made once from a seed."""

    def __init__(self, seed=20261101):
        self.rng = random.Random(seed)
        self.phones = {HOSPITAL["phone"], HOSPITAL["phone2"], HOSPITAL["fax"]}
        self.institutions = []
        self.doctors = []
        self.patients = []
        self._institutions()
        self._patients()
        self.by_patient = {p["patient_id"]: p for p in self.patients}
        self.by_institution = {i["institution_id"]: i for i in self.institutions}
        self.by_doctor = {d["doctor_id"]: d for d in self.doctors}

    def phone(self, area):
        while True:
            n = f"{area}-0{self.rng.randint(1, 9)}-{self.rng.randint(0, 9999):04d}"
            if n not in self.phones:
                self.phones.add(n)
                return n

    def mobile(self):
        return f"0{self.rng.choice('789')}0-0{self.rng.randint(0, 999):03d}-{self.rng.randint(0, 9999):04d}"

    def place(self, pref=True, name=""):
        """A spot in town; an institution whose name holds a quarter or a town stands there."""
        town, area, zip_, quarters = self.rng.choices(TOWNS, [6, 3, 1, 1])[0]
        i = self.rng.randrange(len(quarters))
        for t in TOWNS:
            core = t[0].removeprefix("北原郡").rstrip("市町村")
            near = [n for n, q in enumerate(t[3]) if q.removeprefix("大字").removesuffix("町") in name]
            if near or core in name:
                town, area, zip_, quarters = t
                i = near[0] if near else i % len(quarters)
        q = quarters[i]
        r = self.rng
        if q.startswith("大字"):
            spot = f"{q}{r.randint(12, 2980)}番地"
        else:
            spot = q + r.choice([f"{r.randint(1, 5)}丁目{r.randint(1, 28)}番{r.randint(1, 20)}号", f"{r.randint(1, 5)}-{r.randint(1, 28)}-{r.randint(1, 20)}"])
        return f"{zip_}{i + 11:02d}", ("長野県" if pref else "") + town + spot, area

    def person(self, sex):
        f, fk = split_kana(self.rng.choice(FAMILY))
        g, gk = split_kana(self.rng.choice(MEN if sex == "male" else WOMEN))
        return f"{f} {g}", f"{fk} {gk}"

    # ------------------------------------------------------------ institutions and doctors
    def _institutions(self):
        r = self.rng
        clinics = [
            ("しらかば内科クリニック", "内科", 1), ("医療法人 あけぼの会 東雲整形外科医院", "整形外科", 1), ("泉台ファミリークリニック", "内科", 1),
            ("医療法人社団 若草会 桜台眼科", "眼科", 1), ("川端町皮フ科", "皮膚科", 0), ("医療法人 山鳩会 鏡原診療所", "内科", 1),
            ("さざんか泌尿器科クリニック", "泌尿器科", 1), ("城下こどもクリニック", "小児科", 1), ("医療法人 清流会 清水町内科循環器科", "循環器内科", 1),
            ("南が丘耳鼻咽喉科", "耳鼻咽喉科", 0), ("大手町レディースクリニック", "婦人科", 1), ("本郷外科胃腸科", "外科", 1),
            ("緑ケ丘脳神経クリニック", "脳神経外科", 1), ("あさぎり在宅クリニック", "内科", 1), ("柳原内科医院", "内科", 1),
            ("柳原内科消化器科", "消化器内科", 0), ("医療法人 こまどり会 中央メンタルクリニック", "精神科", 0), ("上鷹野呼吸器クリニック", "呼吸器内科", 1),
            ("旭町糖尿病内科", "糖尿病内科", 1), ("村立柏木診療所", "内科", 1), ("栄町ペインクリニック", "麻酔科", 0), ("ひなた乳腺クリニック", "乳腺外科", 1),
            ("医療法人 のぞみ野会 本町整形外科", "整形外科", 1), ("いずみ内科", "内科", 0), ("池尻医院", "内科", 1), ("奥平内科小児科医院", "内科", 0),
        ]
        hospitals = [
            ("上鷹野中央病院", "内科 外科 整形外科 循環器内科"), ("医療法人 鏡水会 鏡原リハビリテーション病院", "リハビリテーション科 内科"),
            ("社会医療法人 北嶺会 北嶺病院", "脳神経外科 消化器内科 内科"), ("医療法人社団 穂高野会 緑風療養病院", "内科"),
            ("信濃みなみ医科大学附属病院", "血液内科 乳腺外科 消化器外科 泌尿器科"), ("上鷹野総合病院", "呼吸器内科 整形外科 腎臓内科"),
        ]
        dentists = ["みずたま歯科医院", "医療法人 白樺会 大手町デンタルクリニック", "城下歯科"]
        pharmacies = ["つばめ薬局 若宮店", "ことり薬局 中央店", "さくらそう薬局", "株式会社みどりメディカル みどり調剤薬局 本町店", "鏡原調剤薬局", "つばめ薬局 城下店"]
        nursing = ["訪問看護ステーション やまなみ", "合同会社ひだまり 訪問看護ステーションひだまり", "上鷹野訪問看護ステーション", "訪問看護ステーション こもれび"]
        care = ["居宅介護支援事業所 すずらん", "社会福祉法人 霧沢福祉会 ケアプランセンター若宮", "ケアプランあおぞら", "居宅介護支援センター 城下", "鏡原町地域包括支援センター"]
        homes = ["介護老人保健施設 せせらぎの里", "特別養護老人ホーム 柏木苑", "介護老人保健施設 あかね"]
        far = [("医療法人社団 桐花会 桐花総合クリニック", "内科", "13")]

        number = 0

        def add(name, kind, table=None, registered=0, far_pref=None):
            nonlocal number
            number += 1
            zip_, address, area = self.place(name=name)
            if far_pref:
                zip_, address, area = "199-9911", "東京都西桐区桐花台3-4-12", "03"
            phone = self.phone(area) if area != "03" else "03-0012-3450"
            # Many offices have the fax on the next number.
            fax = self.phone(area) if area != "03" else "03-0012-3451"
            if area != "03" and r.random() < 0.6:
                near = f"{phone[:-4]}{(int(phone[-4:]) + 1) % 10000:04d}"
                if near not in self.phones:
                    self.phones.add(near)
                    fax = near
            self.institutions.append({
                "institution_id": f"K{number:04d}",
                "institution_code": code(table, 100 + number * 7, far_pref or "20") if table else "",
                "name": name, "kind": kind, "postal_code": zip_, "address": address, "phone": phone, "fax": fax, "registered": str(registered),
            })
            return self.institutions[-1]

        def doctors(inst, departments, each, registered):
            for dep in departments:
                for _ in range(each):
                    name, kana = self.person(r.choice(["male", "male", "female"]))
                    self.doctors.append({
                        "doctor_id": f"S{len(self.doctors) + 1:04d}", "institution_id": inst["institution_id"], "name": name, "kana": kana, "department": dep,
                        "registered_on": f"{r.randint(2016, 2025)}-{r.randint(1, 12):02d}-01" if registered else "",
                    })

        for name, dep, reg in clinics:
            inst = add(name, "診療所", 1, reg)
            doctors(inst, [dep], 1 if r.random() < 0.7 else 2, reg)
        for name, deps in hospitals:
            doctors(add(name, "病院", 1), deps.split(), 3, 0)
        for name in dentists:
            doctors(add(name, "歯科診療所", 3, 1), ["歯科"], 1, 1)
        for name in pharmacies:
            add(name, "薬局", 4)
        for name in nursing:
            add(name, "訪問看護ステーション", 6)
        for name in care:
            add(name, "居宅介護支援事業所")
        for name in homes:
            add(name, "介護施設")
        for name, dep, pref in far:
            doctors(add(name, "診療所", 1, 0, pref), [dep], 1, 0)
        # Names as alike as real ones are: the same house in two towns, and one edit apart.
        for name, dep in [("いずみ内科", "内科"), ("いずみ内科クリニック", "内科"), ("さくら台内科", "内科"), ("桜台内科", "内科"), ("しらかば歯科", None), ("やまなみクリニック", "内科")]:
            inst = add(name, "診療所" if dep else "歯科診療所", 1 if dep else 3, 0)
            doctors(inst, [dep or "歯科"], 1, 0)

    # ------------------------------------------------------------ patients
    def _patients(self):
        r = self.rng
        used = set()

        def add(name, kana, sex, birth, zip_, address, phone):
            while True:
                pid = f"{r.randint(10000, 899999):07d}"
                if pid not in used:
                    used.add(pid)
                    break
            self.patients.append({"patient_id": pid, "name": name, "kana": kana, "sex": sex, "birth_date": birth, "postal_code": zip_, "address": address, "phone": phone})
            return self.patients[-1]

        def birth(lo=1930, hi=2022):
            # Liaison offices see mostly old people.
            y = int(r.triangular(lo, hi, 1948))
            return f"{y}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"

        def anybody(**fixed):
            sex = fixed.get("sex") or r.choice(["male", "female"])
            name, kana = self.person(sex)
            zip_, address, area = self.place()
            home = self.phone(area) if r.random() < 0.6 else self.mobile()
            p = dict(name=name, kana=kana, sex=sex, birth=birth(), zip_=zip_, address=address, phone=home)
            p.update(fixed)
            return add(**p)

        self.cast = {}
        cast = [
            ("plain_1", dict(name="臼田 澄江", kana="ウスダ スミエ", sex="female", birth="1951-03-14")),
            ("plain_2", dict(name="倉科 忠義", kana="クラシナ タダヨシ", sex="male", birth="1944-11-02")),
            ("plain_3", dict(name="小岩井 康平", kana="コイワイ コウヘイ", sex="male", birth="1978-06-25")),
            ("plain_4", dict(name="保科 千鶴", kana="ホシナ チヅル", sex="female", birth="1939-01-20")),
            ("plain_5", dict(name="今牧 勝", kana="イママキ マサル", sex="male", birth="1957-08-09")),
            ("plain_6", dict(name="橋爪 和歌子", kana="ハシヅメ ワカコ", sex="female", birth="1966-12-30")),
            ("plain_7", dict(name="大日方 茂", kana="オビナタ シゲル", sex="male", birth="1935-05-06")),
            ("plain_8", dict(name="手塚 美咲", kana="テヅカ ミサキ", sex="female", birth="1993-10-17")),
            ("plain_9", dict(name="徳永 栄一", kana="トクナガ エイイチ", sex="male", birth="1948-02-28")),
            ("plain_10", dict(name="神戸 文江", kana="カンベ フミエ", sex="female", birth="1932-07-11")),
            ("plain_11", dict(name="片桐 利夫", kana="カタギリ トシオ", sex="male", birth="1941-09-23")),
            ("plain_12", dict(name="牧野 由紀", kana="マキノ ユキ", sex="female", birth="1985-04-04")),
            ("plain_13", dict(name="滝沢 幸雄", kana="タキザワ ユキオ", sex="male", birth="1946-10-05")),
            ("plain_14", dict(name="草間 敏江", kana="クサマ トシエ", sex="female", birth="1942-06-18")),
            ("child", dict(name="白鳥 陽菜", kana="シラトリ ヒナ", sex="female", birth="2019-05-20")),
            ("itaiji", dict(name="髙橋 佳代", kana="タカハシ カヨ", sex="female", birth="1960-01-08")),
            ("foreign", dict(name="マリア クルス ドゥエニャス", kana="マリア クルス ドゥエニャス", sex="female", birth="1988-09-12")),
        ]
        for key, fixed in cast:
            self.cast[key] = anybody(**fixed)
        # Twins: one birthday, one house, one telephone.
        a = anybody(name="寺島 悠斗", kana="テラシマ ユウト", sex="male", birth="2012-03-03")
        b = add("寺島 悠真", "テラシマ ユウマ", "male", a["birth_date"], a["postal_code"], a["address"], a["phone"])
        self.cast["twin_a"], self.cast["twin_b"] = a, b
        a = anybody(name="関口 里奈", kana="セキグチ リナ", sex="female", birth="2001-07-21")
        self.cast["twin_c"] = a
        self.cast["twin_d"] = add("関口 玲奈", "セキグチ レナ", "female", a["birth_date"], a["postal_code"], a["address"], a["phone"])
        # The same name three times; once the birthdays differ in one digit.
        self.cast["same_a"] = anybody(name="宮下 節子", kana="ミヤシタ セツコ", sex="female", birth="1947-05-13")
        self.cast["same_b"] = anybody(name="宮下 節子", kana="ミヤシタ セツコ", sex="female", birth="1949-11-30")
        self.cast["same_c"] = anybody(name="宮下 節子", kana="ミヤシタ セツコ", sex="female", birth="1947-05-18")
        # The same sound in two spellings, and the plain form of a name that also stands in its variant form.
        self.cast["sound_a"] = anybody(name="斎藤 博", kana="サイトウ ヒロシ", sex="male", birth="1950-08-15")
        self.cast["sound_b"] = anybody(name="齋藤 浩志", kana="サイトウ ヒロシ", sex="male", birth="1950-03-15")
        self.cast["itaiji_plain"] = anybody(name="高橋 佳代", kana="タカハシ カヨ", sex="female", birth="1971-02-19")
        while len(self.patients) < 400:
            p = anybody()
            if r.random() < 0.25 and len(self.patients) < 398:
                # A spouse or child in the same house.
                sex = "female" if p["sex"] == "male" else "male"
                g, gk = split_kana(r.choice(MEN if sex == "male" else WOMEN))
                y = int(p["birth_date"][:4]) + r.choice([-3, -1, 2, 4, 26, 29, 31])
                add(f'{p["name"].split()[0]} {g}', f'{p["kana"].split()[0]} {gk}', sex, f"{min(y, 2024)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}", p["postal_code"], p["address"], p["phone"])
        self.patients.sort(key=lambda p: p["patient_id"])

    # ------------------------------------------------------------ lookups for the cases
    def institution(self, name):
        found = [i for i in self.institutions if i["name"] == name or i["name"].split()[-1] == name or i["name"].endswith(name)]
        return found[0]

    def doctor_of(self, inst, n=0):
        mine = [d for d in self.doctors if d["institution_id"] == inst["institution_id"]]
        return mine[n]

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in (("patients", self.patients), ("institutions", self.institutions), ("doctors", self.doctors)):
            with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as f:
                w = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
                w.writeheader()
                w.writerows(rows)
