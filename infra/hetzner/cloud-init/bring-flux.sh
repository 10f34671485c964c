#!/bin/bash
# Gives the cluster its network and Flux, as releases of the charts with which Flux keeps them from
# then on, and tells Flux where its tree is. Safe to run again until it was done once.
# Arguments: folder with before-flux.json and flux.json; seconds to wait for each kind (900).
set -euo pipefail

folder=$1
patience=${2:-900}s

# served DEFINITION: until the API serves this kind.
served() {
  k3s kubectl wait --for=create --timeout="$patience" "crd/$1" >/dev/null
  k3s kubectl wait --for=condition=Established --timeout="$patience" "crd/$1" >/dev/null
}
apply() {
  k3s kubectl apply --server-side --force-conflicts --field-manager=catalyst-cloud-init \
    --filename "$1" >/dev/null
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
