"""A larger invented region for drawn documents: another hospital, other towns, thousands of patients, all from a seed."""
import random

import people
from letters import CASES
from people import FAMILY, MEN, WOMEN, Town, code

# (prefecture, its number in institution codes, area codes, postal prefixes)
PREFECTURES = [("三重県", "24", ["0597", "0598"], ["519", "515"]), ("秋田県", "05", ["0187", "0182"], ["014", "012"]), ("熊本県", "43", ["0968", "0967"], ["861", "869"]), ("岡山県", "33", ["0868", "0867"], ["708", "719"])]
TOWN_HEADS = "志波 美鳥 沖浜 白砂 月見 若菜 石垣 滝川原 鳴瀬 桜庭 高根 花立 弓削野 朝霧".split()
QUARTERS = "元町 西新町 松葉町 港町 青葉台 宮前 八幡町 北野 錦町 平和通 花園 新田 城南 駅前通 学園町 大字上野 大字下川原 字中島".split()
HOSPITALS = ["公立{t}総合医療センター", "{t}赤十字記念病院", "社会医療法人 {t}会 {t}中央病院", "{t}市民病院"]
OFFICES = ["地域医療連携室", "患者支援センター", "地域連携センター", "医療連携課"]
BUILDINGS = ["", "", "", "", "ハイツ若葉203", "コーポ青山 105号", "第二マンション502", "市営住宅3棟204"]

MORE_FAMILY = """佐藤サトウ 鈴木スズキ 高橋タカハシ 田中タナカ 伊藤イトウ 渡辺ワタナベ 渡邊ワタナベ 渡邉ワタナベ 山本ヤマモト 中村ナカムラ 小林コバヤシ 加藤カトウ 吉田ヨシダ
山田ヤマダ 佐々木ササキ 山口ヤマグチ 松本マツモト 井上イノウエ 木村キムラ 林ハヤシ 斎藤サイトウ 齋藤サイトウ 齊藤サイトウ 清水シミズ 山崎ヤマサキ 﨑山サキヤマ 森モリ 阿部アベ 池田イケダ 橋本ハシモト
石川イシカワ 中島ナカジマ 中嶋ナカジマ 前田マエダ 藤田フジタ 後藤ゴトウ 小川オガワ 岡田オカダ 村上ムラカミ 長谷川ハセガワ 近藤コンドウ 石井イシイ 坂本サカモト 遠藤エンドウ 青木アオキ
藤井フジイ 西村ニシムラ 福田フクダ 太田オオタ 三浦ミウラ 藤原フジワラ 岡本オカモト 松田マツダ 中川ナカガワ 中野ナカノ 原ハラ 小野オノ 田村タムラ 竹内タケウチ 金子カネコ 和田ワダ
中山ナカヤマ 石田イシダ 上田ウエダ 森田モリタ 柴田シバタ 酒井サカイ 工藤クドウ 横山ヨコヤマ 宮崎ミヤザキ 宮本ミヤモト 内田ウチダ 高木タカギ 髙木タカギ 安藤アンドウ 谷口タニグチ 大野オオノ
丸山マルヤマ 今井イマイ 河野コウノ 藤本フジモト 村田ムラタ 武田タケダ 上野ウエノ 杉山スギヤマ 増田マスダ 小島コジマ 平野ヒラノ 久保クボ 松井マツイ 千葉チバ 岩崎イワサキ 桜井サクライ
木下キノシタ 野口ノグチ 松尾マツオ 菊地キクチ 菊池キクチ 野村ノムラ 新井アライ 渋谷シブヤ 浜口ハマグチ 濵田ハマダ 辻ツジ 東ヒガシ 一二三ヒフミ 東海林ショウジ 五十嵐イガラシ 御手洗ミタライ""".split()
MORE_MEN = """浩二コウジ 和也カズヤ 哲也テツヤ 正男マサオ 三郎サブロウ 喜一キイチ 健司ケンジ 豊ユタカ 徹トオル 洋介ヨウスケ 宏ヒロシ 敏夫トシオ 光男ミツオ 文雄フミオ 啓太ケイタ 陸リク 颯太ソウタ 湊ミナト 一ハジメ 亮リョウ""".split()
MORE_WOMEN = """洋子ヨウコ 京子キョウコ 美代子ミヨコ キミ江/キミエ トメ子/トメコ 悦子エツコ 弘子ヒロコ 智子トモコ 陽子ヨウコ 恵子ケイコ 順子ジュンコ 綾香アヤカ 結衣ユイ さくらサクラ 葵アオイ 凛リン 千枝チエ 多恵子タエコ 寿美スミ""".split()
FOREIGN = [("グエン ティ ホア", "グエン ティ ホア"), ("王 麗華", "オウ レイカ"), ("サントス マリア ルイサ", "サントス マリア ルイサ"), ("キム ヨンス", "キム ヨンス"), ("タパ スニタ", "タパ スニタ")]
VARIANTS = [("高", "髙"), ("崎", "﨑"), ("辺", "邊"), ("辺", "邉"), ("斎", "齋"), ("浜", "濵"), ("島", "嶋"), ("桜", "櫻"), ("沢", "澤"), ("吉", "𠮷")]

CLINICS = [("{n}医院", 5), ("{n}内科クリニック", 4), ("{n}クリニック", 3), ("{n}整形外科", 2), ("{n}内科・循環器科", 2), ("{n}眼科", 2), ("{n}皮ふ科", 1), ("{n}耳鼻咽喉科医院", 1), ("{n}こどもクリニック", 1), ("{n}胃腸科外科", 2), ("{n}泌尿器科", 1), ("{n}脳神経クリニック", 1)]
CLINIC_DEPARTMENTS = {"整形外科": "整形外科", "循環器": "循環器内科", "眼科": "眼科", "皮ふ": "皮膚科", "耳鼻": "耳鼻咽喉科", "こども": "小児科", "外科": "外科", "泌尿器": "泌尿器科", "脳神経": "脳神経外科"}
CORPORATIONS = ["", "", "", "医療法人 {k}会 ", "医療法人社団 {k}会 ", "医療法人財団 {k}会 ", "医療法人社団{k}会 "]
VIRTUES = "青葉 光陽 慈恵 仁愛 白梅 明和 清風 友愛 翔和 健幸".split()


def split_kana(entry):
    """As people.split_kana; a name that holds kana itself is written キミ江/キミエ."""
    return tuple(entry.split("/")) if "/" in entry else people.split_kana(entry)


class Region(Town):
    """Everybody of a region, made from a seed; `hospital` is the one that receives the documents."""

    def __init__(self, seed, patients=12000):
        self.size = patients
        r = random.Random(f"region {seed}")
        self.pref, self.pref_code, areas, zips = r.choice(PREFECTURES)
        heads = r.sample(TOWN_HEADS, 4)
        self.towns = []
        for i, head in enumerate(heads):
            name = head + "市" if i < 2 else r.choice(["南", "北", "西"]) + r.choice("那津見") + "郡" + head + r.choice("町村")
            self.towns.append((name, areas[i % 2], f"{zips[i % 2]}-{99 - i}", r.sample(QUARTERS, 9)))
        head, area, zip_ = heads[0], areas[0], f"{zips[0]}-99"
        number = lambda n: f"{area}-00-{n:04d}"
        main = r.randrange(1000, 8000, 100)
        name = r.choice(HOSPITALS).format(t=head)
        self.hospital = {
            "name": name, "corp": name, "pref": self.pref, "zip": zip_ + "01", "address": f"{self.pref}{heads[0]}市{self.towns[0][3][0]}{r.randint(1, 5)}-{r.randint(1, 20)}-1",
            "phone": number(main), "phone2": number(main + 88), "fax": number(main + 99), "office": r.choice(OFFICES), "mail": "renkei@hospital.example.jp", "director": "",
        }
        super().__init__(seed)
        self.hospital["director"] = self.person("male")[0]
        self.staff = {dep: self.person(self.rng.choice(["male", "female"]))[0] for dep in CASES}

    def person(self, sex):
        r = self.rng
        f, fk = split_kana(r.choice(MORE_FAMILY * 2 + FAMILY))
        g, gk = split_kana(r.choice((MEN + MORE_MEN) if sex == "male" else (WOMEN + MORE_WOMEN)))
        return f"{f} {g}", f"{fk} {gk}"

    def place(self, pref=None, building=False):
        r = self.rng
        town, area, zip_, quarters = r.choices(self.towns, [6, 3, 1, 1])[0]
        i = r.randrange(len(quarters))
        q = quarters[i]
        spot = r.choice([f"{r.randint(12, 2980)}番地{r.choice(['', '', '3'])}", f"{r.randint(12, 2980)}"]) if q[0] in "大字" else r.choice([f"{r.randint(1, 5)}丁目{r.randint(1, 28)}番{r.randint(1, 20)}号", f"{r.randint(1, 5)}-{r.randint(1, 28)}-{r.randint(1, 20)}", f"{r.randint(1, 420)}-{r.randint(1, 9)}", f"{r.randint(1, 5)}丁目{r.randint(1, 28)}-{r.randint(1, 20)}"])
        tail = r.choice(BUILDINGS) if building else ""
        pref = r.random() < 0.7 if pref is None else pref
        return f"{zip_}{i + 11:02d}", (self.pref if pref else "") + town + q + spot + (" " + tail if tail else ""), area

    def _institutions(self):
        r = self.rng
        number, names, houses = 0, set(), {self.hospital["name"].split()[-1]}

        def fresh(draw):
            """A name nobody has; only practices share names, as practices do."""
            name = next(n for n in iter(draw, None) if n.split()[-1] not in houses)
            houses.add(name.split()[-1])
            return name

        def add(name, kind, table=None, registered=0, departments=(), each=1):
            nonlocal number
            number += 1
            zip_, address, area = self.place()
            phone = self.phone(area)
            fax = self.phone(area)
            if r.random() < 0.5:
                near = f"{phone[:-4]}{(int(phone[-4:]) + r.choice([0, 1, 10])) % 10000:04d}"
                if near not in self.phones or near == phone:
                    self.phones.add(near)
                    fax = near
            inst = {"institution_id": f"M{number:05d}", "institution_code": code(table, 10 + number * 3, self.pref_code) if table else "", "name": name, "kind": kind, "postal_code": zip_, "address": address, "phone": phone, "fax": fax, "registered": str(registered)}
            self.institutions.append(inst)
            for dep in departments:
                for _ in range(each):
                    who, kana = self.person(r.choice(["male", "male", "female"]))
                    self.doctors.append({"doctor_id": f"D{len(self.doctors) + 1:06d}", "institution_id": inst["institution_id"], "name": who, "kana": kana, "department": dep, "registered_on": f"{r.randint(2016, 2025)}-{r.randint(1, 12):02d}-01" if registered else ""})

        def legal():
            return r.choice(CORPORATIONS).format(k=r.choice(VIRTUES))

        while len(names) < 150:
            pattern = r.choices([c[0] for c in CLINICS], [c[1] for c in CLINICS])[0]
            house = pattern.format(n=split_kana(r.choice(MORE_FAMILY + FAMILY))[0] if r.random() < 0.65 else r.choice(QUARTERS[:14] + ["ひまわり", "すみれ", "さくら", "みなと", "あおば", "けやき", "つくし", "こすもす"]))
            if house in names and r.random() < 0.95:
                continue
            names.add(house)
            dep = next((d for k, d in CLINIC_DEPARTMENTS.items() if k in house), "内科")
            add(legal() + house, "診療所", 1, int(r.random() < 0.6), [dep], r.choice([1, 1, 1, 2]))
        hospital = lambda: r.choice(["国民健康保険 {h}病院", "{h}医科大学病院", "{l}{h}中央病院", "{l}{h}記念病院", "{l}{h}リハビリテーション病院", "{l}{h}総合病院"]).format(h=r.choice(TOWN_HEADS), l=legal())
        pharmacy = lambda: r.choice(["", "株式会社みやび ", "有限会社 さかえ "]) + r.choice(["あおぞら", "すずらん", "ひかり", "ハーモニー", "まごころ", "かもめ"]) + r.choice(["薬局 ", "調剤薬局 "]) + r.choice(QUARTERS[:13]) + "店"
        nursing = lambda: r.choice(["", "合同会社なぎさ ", "社会福祉法人 寿会 "]) + r.choice(["訪問看護ステーション", "訪問看護リハビリステーション "]) + r.choice(["つむぎ", "ほほえみ", "りんどう", "そら", "なぎ"])
        care = lambda: r.choice(["", "社会福祉法人 恵和会 ", "株式会社ケアネクスト "]) + r.choice(["居宅介護支援事業所 ", "ケアプランセンター", "介護支援センター"]) + r.choice(["つばき", "ふれあい", "れんげ", "たんぽぽ", "やすらぎ"])
        departments = ["内科", "外科", "整形外科", "循環器内科", "消化器内科", "脳神経外科", "泌尿器科", "呼吸器内科", "リハビリテーション科"]
        for _ in range(18):
            add(fresh(hospital), "病院", 1, 0, r.sample(departments, 4), 3)
        for _ in range(12):
            add(fresh(pharmacy), "薬局", 4)
        for _ in range(8):
            add(fresh(nursing), "訪問看護ステーション", 6)
        for _ in range(5):
            add(fresh(care), "居宅介護支援事業所")

    def _patients(self):
        r = self.rng
        used = set()

        def add(name, kana, sex, birth, zip_, address, phone):
            while True:
                pid = f"{r.randint(1, 2999999):08d}"
                if pid not in used:
                    used.add(pid)
                    break
            self.patients.append({"patient_id": pid, "name": name, "kana": kana, "sex": sex, "birth_date": birth, "postal_code": zip_, "address": address, "phone": phone})
            return self.patients[-1]

        def day(y):
            return f"{y}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"

        self.cast = {"twin": [], "same": [], "variant": [], "foreign": [], "plain": []}
        while len(self.patients) < self.size:
            sex = r.choice(["male", "female"])
            name, kana = self.person(sex)
            if r.random() < 0.012:
                name, kana = r.choice(FOREIGN)
            zip_, address, area = self.place(building=True)
            home = self.phone(area) if r.random() < 0.6 else self.mobile()
            p = add(name, kana, sex, day(int(r.triangular(1926, 2022, 1949))), zip_, address, home)
            if name.count(" ") > 1 or name in dict(FOREIGN):
                self.cast["foreign"].append(p)
            elif any(a in name or b in name for a, b in VARIANTS):
                self.cast["variant"].append(p)
            else:
                self.cast["plain"].append(p)
            lot = r.random()
            if lot < 0.2:
                other = r.choice(["male", "female"])
                g, gk = split_kana(r.choice((MEN + MORE_MEN) if other == "male" else (WOMEN + MORE_WOMEN)))
                add(f'{name.split()[0]} {g}', f'{kana.split()[0]} {gk}', other, day(max(1925, min(int(p["birth_date"][:4]) + r.choice([-3, -1, 2, 4, 26, 29]), 2024))), zip_, address, home)
            elif lot < 0.225:
                g, gk = split_kana(r.choice((MEN + MORE_MEN) if sex == "male" else (WOMEN + MORE_WOMEN)))
                if f"{name.split()[0]} {g}" != name:
                    add(f"{name.split()[0]} {g}", f"{kana.split()[0]} {gk}", sex, p["birth_date"], zip_, address, home)
                    self.cast["twin"].append(p)
            elif lot < 0.27:
                zip_, address, area = self.place(building=True)
                add(name, kana, sex, day(int(p["birth_date"][:4]) + r.choice([-2, 0, 0, 5])), zip_, address, self.phone(area))
                self.cast["same"].append(p)
        self.patients.sort(key=lambda p: p["patient_id"])
