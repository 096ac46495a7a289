#!/usr/bin/env bash
# The front end's wire types must match server/wire.
set -euo pipefail
kept=frontend/src/lib/wire/wire.ts
before=$(sha256sum "$kept")
CGO_ENABLED=0 go tool -modfile=deploy/tools.mod tygo --config deploy/tygo.yaml generate
if [ "$before" != "$(sha256sum "$kept")" ]; then
  echo "$kept was not what server/wire says: run \`make gen\` and commit it" >&2
  exit 1
fi
