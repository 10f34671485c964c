#!/bin/bash
# Waits until something listens at the first control plane's API. Whether it is the right one is
# for k3s to say, which checks it with the join token.
# Arguments: file with API_HOST and API_PORT; attempts (360); seconds between them (5).
set -euo pipefail

settings=$1
attempts=${2:-360}
pause=${3:-5}
# shellcheck source=/dev/null
. "$settings"

for ((attempt = 1; attempt <= attempts; attempt++)); do
  if timeout 5 bash -c "exec 3<>/dev/tcp/$API_HOST/$API_PORT" 2>/dev/null; then
    exit 0
  fi
  sleep "$pause"
done
echo "nothing answers at $API_HOST port $API_PORT" >&2
exit 1
