#!/bin/bash
# Downloads the pinned k3s program and installs it only if its SHA-256 is the expected one.
# Arguments: file with RELEASE_URL, SHA256_AMD64 and SHA256_ARM64; where to install.
set -euo pipefail

settings=$1
target=$2
# shellcheck source=/dev/null
. "$settings"

case $(uname -m) in
  x86_64) file=k3s sum=$SHA256_AMD64 ;;
  aarch64) file=k3s-arm64 sum=$SHA256_ARM64 ;;
  *) echo "k3s is not released for $(uname -m)" >&2; exit 1 ;;
esac

download=$(mktemp "$target.XXXXXX")
trap 'rm -f "$download"' EXIT
curl --fail --silent --show-error --location --retry 10 --retry-delay 5 --retry-all-errors \
  --max-time 600 --output "$download" "$RELEASE_URL/$file"
if ! printf '%s  %s\n' "$sum" "$download" | sha256sum --check --status; then
  echo "k3s from $RELEASE_URL/$file has the wrong SHA-256; it is not installed" >&2
  exit 1
fi
chmod 0755 "$download"
mv -f "$download" "$target"
