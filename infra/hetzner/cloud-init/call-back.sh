#!/bin/bash
# Tells the console, once, how the cluster is reached (if it wants to know) and then that this
# machine is up. The bearer goes from its file into a header file, never on to a command line, and
# is deleted when the console has accepted the call-back.
# Arguments: sovereign.json; attempts (60); seconds between them (10).
set -euo pipefail
umask 077

facts=$1
attempts=${2:-60}
pause=${3:-10}

# fact SECTION KEY: empty when the machine was not told.
fact() {
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2], {}).get(sys.argv[3], ""))' \
    "$facts" "$@"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bearer_file=$(fact callback bearer_file)
{ printf 'Authorization: Bearer '; cat "$bearer_file"; } >"$folder/header"

# tell WHAT METHOD URL TYPE FILE
tell() {
  local attempt status
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    status=$(curl --silent --show-error --max-time 20 --output /dev/null --write-out '%{http_code}' \
      --request "$2" --header @"$folder/header" --header "Content-Type: $4" \
      --data-binary @"$5" "$3") || status=000
    case $status in
      2??) return 0 ;;
      401 | 403 | 409 | 410 | 413 | 422)
        # Asking the same again cannot help.
        echo "the console refused the $1: HTTP $status" >&2
        return 1
        ;;
    esac
    echo "$1 $attempt of $attempts: HTTP $status" >&2
    sleep "$pause"
  done
  echo "the console could not be reached at $3" >&2
  return 1
}

# own_address: this machine's public IPv4; the others it has are of private networks.
own_address() {
  local address
  for address in $(hostname -I); do
    case $address in
      *:* | 10.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) continue ;;
    esac
    printf '%s' "$address"
    return 0
  done
  return 1
}

result=0
kubeconfig_url=$(fact kubeconfig url)
if [ -n "$kubeconfig_url" ]; then
  # k3s writes its own machine's address; the owner needs the one that leads there from outside.
  server=$(fact kubeconfig server)
  if [ -z "$server" ]; then
    server="https://$(own_address):6443" || server=
  fi
  sed "s#https://127\.0\.0\.1:6443#$server#" "$(fact kubeconfig file)" >"$folder/kubeconfig"
  if [ -z "$server" ]; then
    echo "this machine has no public IPv4 address; no kubeconfig is sent" >&2
    result=1
  elif ! grep --quiet --fixed-strings "server: $server" "$folder/kubeconfig"; then
    echo "the kubeconfig is not as k3s writes it; it is not sent" >&2
    result=1
  elif ! tell kubeconfig PUT "$kubeconfig_url" application/yaml "$folder/kubeconfig"; then
    result=1
  fi
fi

printf '{"hostname": "%s"}' "$(hostname)" >"$folder/call-back"
tell call-back POST "$(fact callback url)" application/json "$folder/call-back" || exit 1
rm -f "$bearer_file"
exit "$result"
