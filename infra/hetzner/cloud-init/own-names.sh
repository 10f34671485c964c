#!/bin/bash
# Adds the addresses only the machine itself knows, its public ones, to the names in the Kubernetes
# API's certificate. Run before k3s, so that no address of a Pod network is among them.
# Argument: the file of additional k3s settings to write.
set -euo pipefail

target=$1
mkdir -p "$(dirname "$target")"
read -r -a addresses < <(hostname -I)
{
  echo 'tls-san+:'
  for address in "${addresses[@]}"; do
    echo "  - \"$address\""
  done
} >"$target"
