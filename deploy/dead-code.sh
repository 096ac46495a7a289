#!/usr/bin/env bash
# Fails on a function that nothing calls: a rule that is written and never called protects nobody. First
# checks programs and tests together. Then checks the programs alone: a function that only tests call
# must be listed in dead-code.txt with a reason, or be in a test support package.
set -euo pipefail
cd "$(dirname "$0")/.."
dead() { CGO_ENABLED=0 go tool -modfile=deploy/tools.mod deadcode "$@" -f '{{range .Funcs}}{{println $.Path "" .Name}}{{end}}' ./... | awk 'NF {print $1 "." $2}' | sort -u; }

uncalled=$(dead -test)
if [ -n "$uncalled" ]; then
  echo "no program and no test calls:" && echo "$uncalled" && exit 1
fi

allowed=$(sed -E '/^(#|$)/d; s/ .*//' deploy/dead-code.txt | sort -u)
tested=$(dead | grep -vE '/(bustest|conntest|pgtest|standtest)\.' || true)
extra=$(comm -23 <(echo "$tested") <(echo "$allowed"))
stale=$(comm -13 <(echo "$tested") <(echo "$allowed"))
if [ -n "$extra" ]; then
  echo "only tests call (call it, move it to a test, or give the reason in deploy/dead-code.txt):" && echo "$extra" && exit 1
fi
if [ -n "$stale" ]; then
  echo "deploy/dead-code.txt names what is called now or is gone:" && echo "$stale" && exit 1
fi
