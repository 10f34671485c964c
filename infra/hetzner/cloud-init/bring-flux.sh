#!/bin/bash
# Gives the cluster its network and Flux, as releases of the charts with which Flux keeps them from
# then on, and tells Flux where its tree is. Safe to run again until it was done once.
# Arguments: folder with before-flux.json and flux.json; seconds to wait for each kind (900).
set -euo pipefail

folder=$1
seconds=${2:-900}

# again COMMAND…: until it holds. An API that is busy for a moment leaves no Sovereign half made.
again() {
  local until=$((SECONDS + seconds))
  until "$@" >/dev/null; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 2
  done
}
# served DEFINITION: until the API serves this kind.
served() {
  again k3s kubectl wait --for=create --timeout="${seconds}s" "crd/$1"
  again k3s kubectl wait --for=condition=Established --timeout="${seconds}s" "crd/$1"
}
apply() {
  again k3s kubectl apply --server-side --force-conflicts --field-manager=catalyst-cloud-init \
    --filename "$1"
}

if [ ! -d "$folder" ]; then
  exit 0
fi
# k3s brings this kind by itself, a moment after its API is ready.
served helmcharts.helm.cattle.io
apply "$folder/before-flux.json"
# `wait` asks for more than one only where all are there.
served gitrepositories.source.toolkit.fluxcd.io
served kustomizations.kustomize.toolkit.fluxcd.io
apply "$folder/flux.json"
# The Secrets are in the cluster now, encrypted; a second copy of them serves nobody.
rm -rf "$folder"
