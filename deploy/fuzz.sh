#!/usr/bin/env bash
# Fuzzes each decoder for a while. Failing inputs are minimised, kept in testdata/fuzz, and run with
# every `go test` from then on.
set -euo pipefail
time=${1:-60s}
for package in $(go list ./server/... ./roles/...); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "$package $target"
    go test -run XXX -fuzz "^$target\$" -fuzztime "$time" "$package"
  done
done
