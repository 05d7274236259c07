"""A browser of a hundred lines: cookies, forms, links. Enough to use the pages as a person does. Standard library only."""
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Form:
    def __init__(self, attrs):
        self.id = attrs.get("id", "")
        self.action = attrs.get("action", "")
        self.fields = []             # [name, value, type, on]
        self.errors = False

    def names(self):
        return {f[0] for f in self.fields}

    def choices(self, name):
        """The radio buttons of a name: (value, checked)."""
        return [(f[1], f[3]) for f in self.fields if f[0] == name and f[2] == "radio"]

    def set(self, name, value):
        for f in self.fields:
            if f[0] != name:
                continue
            if f[2] in ("radio", "checkbox"):
                f[3] = f[1] == value
            else:
                f[1], f[3] = value, True
                return

    def tick_all(self, name):
        for f in self.fields:
            if f[0] == name:
                f[3] = True

    def data(self):
        return [(n, v) for n, v, _t, on in self.fields if on]


class Page(HTMLParser):
    """The forms of a page, the text of elements with an id, and which ids there are."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.forms, self.texts, self.ids = [], {}, set()
        self._form = self._select = self._area = self._id = self._tag = None
        self._nested = 0
        self._disabled = 0
        self._stack = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        a = {k: v if v is not None else "" for k, v in attributes}
        if a.get("id"):
            self.ids.add(a["id"])
            # The text of the innermost element with an id, until that element ends.
            self._id, self._tag, self._nested = a["id"], tag, 0
            self.texts.setdefault(self._id, "")
        elif tag == self._tag:
            self._nested += 1
        if tag == "form":
            self._form = Form(a)
            self.forms.append(self._form)
        elif tag == "fieldset":
            self._stack.append("disabled" in a)
            self._disabled += "disabled" in a
        elif self._form is None or self._disabled or "disabled" in a:
            return
        elif tag == "input" and a.get("name"):
            kind = a.get("type", "text")
            on = "checked" in a if kind in ("radio", "checkbox") else True
            self._form.fields.append([a["name"], a.get("value", "on" if kind == "checkbox" else ""), kind, on])
        elif tag == "textarea" and a.get("name"):
            self._area = [a["name"], "", "textarea", True]
            self._form.fields.append(self._area)
        elif tag == "select" and a.get("name"):
            self._select = [a["name"], None, "select", True]
            self._form.fields.append(self._select)
        elif tag == "option" and self._select is not None:
            if "selected" in a or self._select[1] is None:
                self._select[1] = a.get("value", "")

    def handle_endtag(self, tag):
        if tag == self._tag:
            self._nested -= 1
            if self._nested < 0:
                self._id = self._tag = None
        if tag == "form":
            self._form = None
        elif tag == "fieldset" and self._stack:
            self._disabled -= self._stack.pop()
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, text):
        if self._area is not None:
            self._area[1] += text
        if self._id is not None:
            self.texts[self._id] += text

    def form(self, action=None, form_id=None):
        """The first form with that id, or whose action ends so."""
        for f in self.forms:
            if (form_id and f.id == form_id) or (action and f.action.endswith(action)):
                return f
        return None


class Browser:
    def __init__(self, base):
        self.base = base.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # Loopback is never asked for through a proxy.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
        self.url = self.base

    def _open(self, request):
        try:
            with self.opener.open(request, timeout=30) as answer:
                self.url, self.status = answer.geturl(), answer.status
                return Page(answer.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as e:
            self.url, self.status = e.geturl(), e.code
            return Page(e.read().decode("utf-8", "replace"))

    def get(self, path):
        return self._open(urllib.parse.urljoin(self.base + "/", path))

    def post(self, path, pairs):
        data = urllib.parse.urlencode(pairs).encode()
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.base + "/", path), data))
