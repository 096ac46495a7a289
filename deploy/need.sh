#!/usr/bin/env bash
# Checks that a system package is installed: installs it if it may, else names it.
set -euo pipefail
package=$1

there() {
  case "$package" in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || ls /usr/pgsql-*/bin/initdb >/dev/null 2>&1 ;;
    chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null || [ -n "${CHROMIUM:-}" ] ;;
    nginx | haproxy) command -v "$package" >/dev/null || [ -x "/usr/sbin/$package" ] ;;
    *) command -v "$package" >/dev/null ;;
  esac
}

# The proxies are for tests: their packages must not start services that take ports 80 and 443.
policy=/usr/sbin/policy-rc.d
starts_no_service() {
  case "$package" in caddy | nginx | haproxy) ;; *) return 0 ;; esac
  [ -e "$policy" ] && return 0
  trap '"${run[@]}" rm -f "$policy"' EXIT
  "${run[@]}" sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
}

there && exit 0
run=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run=(sudo -n); else run=(false); fi
fi
if command -v apt-get >/dev/null && [ "${run[*]-}" != false ]; then
  echo "installing $package"
  "${run[@]}" apt-get update -qq
  starts_no_service
  DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq "$package" >/dev/null
  there && exit 0
fi
echo "The package $package is missing. Install it and run this again; on Debian or Ubuntu: apt-get install $package" >&2
exit 1
