#!/usr/bin/env python3
"""Proves `make run`: starts it on a free port with a fresh data folder, waits for the samples to stand in the queue,
confirms one through the web, finds its record, and stops the program with SIGTERM, which must end with status 0."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import confirm_one

START_SECONDS = 2400        # a cold build included
READ_SECONDS = 900
LOGIN = re.compile(r"ログイン名\s*[:：]?\s*([A-Za-z0-9._-]+)")
PASSWORD = re.compile(r"パスワード\s*[:：]?\s*([!-~]+)")
ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    out = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            out.append(int(stat.parent.name))
    return out


def server_of(make):
    """The service among make's descendants (make may stand behind a shell)."""
    todo = [make.pid]
    while todo:
        pid = todo.pop()
        for child in children(pid):
            try:
                exe = os.readlink(f"/proc/{child}/exe")
            except OSError:
                continue
            if os.path.basename(exe).startswith("uketsuke"):
                return child
            todo.append(child)
    return None


def main():
    truth = [json.loads(line) for line in open("samples/truth.jsonl", encoding="utf-8")]
    expected = sum(len(t["documents"]) for t in truth if not t.get("partial"))
    enough = expected * 9 // 10
    with tempfile.TemporaryDirectory(prefix="uketsuke-run-") as var:
        port = free_port()
        make = subprocess.Popen(["make", "run", f"VAR={var}", f"LISTEN=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        said = []
        threading.Thread(target=lambda: [(said.append(line), sys.stdout.write(line), sys.stdout.flush()) for line in make.stdout], daemon=True).start()
        try:
            prove(make, said, var, enough, expected)
        finally:
            server = server_of(make)
            if server:
                os.kill(server, signal.SIGKILL)
            if make.poll() is None:
                make.kill()


def prove(make, said, var, enough, expected):
    def wait(seconds, what, ready):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            answer = ready()
            if answer:
                return answer
            assert make.poll() is None, f"make run ended with {make.returncode} while waiting for {what}"
            time.sleep(1)
        raise AssertionError(f"no {what} after {seconds} s")

    def greeting():
        text = "".join(said)
        found = ADDRESS.search(text), LOGIN.search(text), PASSWORD.search(text)
        return found if all(found) else None

    address, login, password = wait(START_SECONDS, "address and first sign-in", greeting)
    browser = wait(60, "answer from the web", lambda: attempt(lambda: confirm_one.sign_in(address[0], login[1], password[1])))
    began = time.monotonic()
    count = wait(READ_SECONDS, f"{enough} of {expected} documents in the queue", lambda: (n := confirm_one.waiting(browser)) >= enough and n)
    print(f"prove: {count} documents in the queue, {time.monotonic() - began:.0f} s after the first sign-in")
    document, patient = confirm_one.confirm_one(browser)
    table, record, linked = confirm_one.record_of(var, document)
    assert linked == patient, f"the record links patient {linked}, confirmed was {patient}"
    print(f"prove: one document confirmed; record {record} stands in {table}")
    server = server_of(make)
    assert server, "the service is not among make's descendants"
    os.kill(server, signal.SIGTERM)
    code = make.wait(60)
    assert code == 0, f"after SIGTERM make run ended with {code}"
    print("prove: stopped with status 0")


def attempt(action):
    try:
        return action()
    except (OSError, AssertionError):
        return None


if __name__ == "__main__":
    main()
