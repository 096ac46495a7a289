#!/usr/bin/env bash
# Gives each decoder hostile input for a while. What it finds is kept in testdata/fuzz, small, and
# runs with every `go test` from then on.
set -euo pipefail
time=${1:-60s}
for package in $(go list ./server/... ./roles/...); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "$package $target"
    go test -run XXX -fuzz "^$target\$" -fuzztime "$time" "$package"
  done
done
