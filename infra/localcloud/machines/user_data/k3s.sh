#!/bin/sh
# The program the installer's stand-in puts on the machine. The server is started by its unit only.
case ${1:-} in
  kubectl)
    shift
    # In its file k3s names 127.0.0.1, which here is this computer's and not the machine's.
    exec /run/local-cloud/kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml \
      --server "https://$(cat /run/local-cloud/address):6443" "$@"
    ;;
  *)
    echo "local cloud: k3s stands in for the server of its unit and for kubectl, not ${1:-}" |
      tee -a /dev/console >&2
    exit 64
    ;;
esac
