#!/bin/sh
# Asks the API of a fresh service everything that its description allows and does not allow, with Schemathesis (PyPI), and fails
# on any answer that is not as described.  tools/api/schemathesis.sh [EXAMPLES]   (UKETSUKE=program that is built already)
set -eu
cd "$(dirname "$0")/../.."
examples=${1:-50}
venv=target/schemathesis
[ -x "$venv/bin/schemathesis" ] || { python3 -m venv "$venv"; "$venv/bin/pip" install --quiet 'schemathesis==4.32.5'; }
if [ -z "${UKETSUKE:-}" ]; then
    cargo build --quiet --bin uketsuke
    UKETSUKE=target/debug/uketsuke
fi

work=$(mktemp -d)
service=
finish() {
    [ -z "$service" ] || { kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true; }
    rm -rf "$work"
}
trap finish EXIT INT TERM

# A few samples are enough to have something to answer with.
mkdir -p "$work/samples/docs" "$work/var"
cp -r samples/masters samples/hospital.json samples/truth.jsonl "$work/samples/"
for file in $(ls samples/docs | head -n 4); do cp "samples/docs/$file" "$work/samples/docs/"; done

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$UKETSUKE" serve --listen "127.0.0.1:$port" --var "$work/var" --samples "$work/samples" >"$work/serve.log" 2>&1 &
service=$!

address="http://127.0.0.1:$port"
waits=0
until curl -fs -o /dev/null "$address/sign-in"; do
    waits=$((waits + 1))
    [ "$waits" -lt 240 ] || { cat "$work/serve.log"; echo "the service did not start"; exit 1; }
    sleep 0.5
done
token=$("$UKETSUKE" token new schemathesis --var "$work/var" --scope deliveries:write --scope items:read --scope records:read \
    --scope masters:read --scope masters:write --scope restricted:read | grep -o 'uk_[^ ]*' | head -n 1)
[ -n "$token" ]

# A record and a delivery to ask for; reading goes on meanwhile.
login=$(sed -n 's/^ログイン名: //p' "$work/var/first-sign-in.txt")
first=$(sed -n 's/^最初のパスワード: //p' "$work/var/first-sign-in.txt")
waits=0
until curl -fs -H "Authorization: Bearer $token" "$address/api/items" | grep -q '"state":"proposed"'; do
    waits=$((waits + 1))
    [ "$waits" -lt 600 ] || { cat "$work/serve.log"; echo "no sample was read"; exit 1; }
    sleep 1
done
sleep 5
confirmed=$(python3 tools/ci/confirm_one.py "$address" "$login" "$first" "$work/var")
record=$(printf '%s' "$confirmed" | sed -n 's/.*record \([0-9a-f-]*\) in .*/\1/p')
delivery=$(printf 'II*' | curl -fs --data-binary @- -H "Authorization: Bearer $token" "$address/api/deliveries" |
    sed -n 's/.*"id":"\([0-9a-f-]*\)".*/\1/p')
[ -n "$record" ] && [ -n "$delivery" ]
{
    cat tools/api/schemathesis.toml
    printf '\n[[operations]]\ninclude-path = "/api/records/{id}"\nparameters = { id = "%s" }\n' "$record"
    printf '\n[[operations]]\ninclude-path = "/api/deliveries/{id}"\nparameters = { id = "%s" }\n' "$delivery"
} >"$work/schemathesis.toml"

status=0
# In the folder that is removed, for it keeps its cases where it runs.
here=$PWD
(cd "$work" && "$here/$venv/bin/schemathesis" --config-file "$work/schemathesis.toml" run "$address/api/openapi.json" \
    --header "Authorization: Bearer $token" --checks all --max-examples "$examples" --continue-on-failure \
    --request-timeout 60) || status=$?
kill -0 "$service" 2>/dev/null || { cat "$work/serve.log"; echo "the service ended"; exit 1; }
exit "$status"
