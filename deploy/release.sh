#!/usr/bin/env bash
# Builds the archives of a release from a tag or commit, never from the working tree:
#
#    deploy/release.sh [REF] [FOLDER]     default: HEAD, into dist/
#
# One archive per platform, a software bill of materials (SBOM, CycloneDX) for the program and for the
# browser app, and SHA256SUMS of all of them. The build is reproducible: times come from the commit, so
# the same ref, Go and Node give the same bytes, and anybody can rebuild and compare. It needs git, Go,
# Node and npm, and contacts only the Go and npm registries.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
commit=$(git rev-parse --verify "${1:-HEAD}^{commit}")
out=$(mkdir -p "${2:-dist}" && cd "${2:-dist}" && pwd)
version=$(git describe --tags --always "$commit")
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$commit")
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
git archive "$commit" | tar -x -C "$work/source"
cd "$work/source"

(cd frontend && npm ci --no-fund --no-audit --silent && npm run --silent build)

stamp() { # takes out of an SBOM what differs from run to run
  node -e '
    const fs = require("fs"), [from, to, version] = process.argv.slice(1);
    const bom = JSON.parse(fs.readFileSync(from, "utf8"));
    delete bom.serialNumber;
    bom.metadata.timestamp = new Date(process.env.SOURCE_DATE_EPOCH * 1000).toISOString();
    bom.metadata.component.version = version;
    fs.writeFileSync(to, JSON.stringify(bom, null, 1) + "\n");' "$1" "$2" "$version"
}

made=()
for arch in amd64 arm64; do
  name=amends-$version-linux-$arch
  mkdir -p "$work/$name/deploy"
  CGO_ENABLED=0 GOOS=linux GOARCH=$arch GOFLAGS=-mod=readonly \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" -o "$work/$name/amends" ./cmd/amends
  cp README.md ARCHITECTURE.md CHANGELOG.md SECURITY.md THREAT-MODEL.md LICENSE "$work/$name/"
  cp -r deploy/ENVIRONMENT.md deploy/CHECKPOINTS.md deploy/FIGURES.md deploy/Caddyfile deploy/nginx.conf deploy/haproxy.cfg deploy/postgres-roles.sql deploy/pictures "$work/$name/deploy/"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -C "$work" -cf - "$name" | gzip -n -9 >"$out/$name.tar.gz"
  (cd "$here" && CGO_ENABLED=0 go tool -modfile=deploy/tools.mod cyclonedx-gomod bin -json -std -version "$version" -output "$work/go.json" "$work/$name/amends")
  stamp "$work/go.json" "$out/$name.cdx.json"
  made+=("$name.tar.gz" "$name.cdx.json")
done
(cd frontend && npm sbom --sbom-format cyclonedx --omit dev) >"$work/npm.json"
stamp "$work/npm.json" "$out/amends-$version-browser.cdx.json"
made+=("amends-$version-browser.cdx.json")

cd "$out"
sha256sum "${made[@]}" >"amends-$version.SHA256SUMS"
cat "amends-$version.SHA256SUMS"
