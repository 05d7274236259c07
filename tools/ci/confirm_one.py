#!/usr/bin/env python3
"""Does what a member of staff does first: signs in, opens a document, compares, confirms; then looks for the record.

  confirm_one.py http://127.0.0.1:8080 LOGIN PASSWORD VAR_DIR
"""
import pathlib
import sqlite3
import sys
import time

from web_client import Browser

NEW_PASSWORD = "Kakunin-no-tame 2026!"


def sign_in(base, login, password):
    """A browser that is signed in; the first password is changed when the program asks for it."""
    browser = Browser(base)
    gate = browser.get("/sign-in").form(action="/sign-in")
    assert gate, "the sign-in page has no form"
    gate.set("login", login)
    gate.set("password", password)
    page = browser.post(gate.action, gate.data())
    change = page.form(action="/password") if "fresh" in page.ids else None
    if change:
        change.set("current", password)
        change.set("fresh", NEW_PASSWORD)
        change.set("again", NEW_PASSWORD)
        page = browser.post(change.action, change.data())
    queue = browser.get("/queue")
    assert "nav-waiting" in queue.ids, f"signing in did not lead to the queue but to {browser.url}"
    return browser


def waiting(browser):
    """How many documents wait in the queue."""
    return int("".join(c for c in browser.get("/queue").texts["nav-waiting"] if c.isdigit()) or 0)


def confirm_one(browser):
    """Confirms the first document that has all it needs; gives its id and the chosen patient (or None)."""
    rows = [f.action.split("/")[2] for f in browser.get("/queue").forms if f.action.startswith("/items/") and f.action.endswith("/hold")]
    assert rows, "the queue offers no document"
    for document in rows:
        hold = next(f for f in browser.get("/queue").forms if f.action == f"/items/{document}/hold")
        page = browser.post(hold.action, hold.data())
        item = page.form(form_id="item") or browser.get(f"/items/{document}").form(form_id="item")
        patient = None
        for who in ("patient", "institution", "doctor"):
            offered = item.choices(who)
            if not offered:
                continue
            chosen = next((v for v, on in offered if on), None) or next((v for v, _ in offered if v.startswith("id:")), "none")
            item.set(who, chosen)
            if who == "patient" and chosen.startswith("id:"):
                patient = chosen[3:]
        item.tick_all("compared")
        for radio in item.names() & {"aside"}:
            item.set(radio, None)
        page = browser.post(f"/items/{document}/confirm", item.data())
        if browser.status < 400 and "errors" not in page.ids:
            return document, patient
        again = page.form(form_id="item")
        browser.post(f"/items/{document}/release", (again or item).data())
    raise AssertionError(f"none of {len(rows)} documents could be confirmed")


def record_of(var, document, seconds=60):
    """The record's row in the referral database: (table, record id, its patient), waited for."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for file in sorted(p for p in pathlib.Path(var).rglob("*") if p.suffix in (".db", ".sqlite", ".sqlite3")):
            db = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
            try:
                row = db.execute("SELECT record_table, record_id FROM source_document WHERE document_id = ?", (document,)).fetchone()
                if row:
                    columns = {c[1] for c in db.execute(f'PRAGMA table_info("{row[0]}")')}
                    what = "patient_id" if "patient_id" in columns else "NULL"
                    found = db.execute(f'SELECT {what} FROM "{row[0]}" WHERE record_id = ?', (row[1],)).fetchall()
                    assert len(found) == 1, f"{len(found)} rows in {row[0]} for one record"
                    return row[0], row[1], found[0][0]
            except sqlite3.OperationalError:
                pass                                    # not that database, or not written yet
            finally:
                db.close()
        time.sleep(0.5)
    raise AssertionError("the confirmed document did not reach the referral database")


def main():
    base, login, password, var = sys.argv[1:5]
    browser = sign_in(base, login, password)
    document, patient = confirm_one(browser)
    table, record, linked = record_of(var, document)
    assert linked == patient, f"the record links patient {linked}, confirmed was {patient}"
    print(f"confirmed {document}: record {record} in {table}")


if __name__ == "__main__":
    main()
