#!/bin/bash
# Brings k3s up on this machine. Each step is safe to run again, and the console is told last and
# only if all others held. Argument, the machine's part in the cluster:
#   init    makes the cluster, gives it Flux and tells the console
#   join    is a further control plane
#   worker  runs what the control planes give it
set -euo pipefail
role=$1

systemctl reload-or-restart ssh
catalyst-install-k3s /etc/catalyst/k3s.env /usr/local/bin/k3s
case $role in
  init | join) unit=k3s ;;
  worker) unit=k3s-agent ;;
  *) echo "there is no role $role" >&2; exit 2 ;;
esac

# Only where Hetzner gave the private address out, in a pool the cluster ordered.
if command -v catalyst-own-node-ip >/dev/null; then
  catalyst-own-node-ip /etc/rancher/k3s/config.yaml.d/20-own-node-ip.yaml
fi
if [ "$unit" = k3s ]; then
  catalyst-own-names /etc/rancher/k3s/config.yaml.d/10-own-names.yaml
fi
if [ "$role" = join ]; then
  # Here and not in the unit: once joined, it must start even when the first one is gone for good.
  catalyst-wait-for-api /etc/catalyst/api.env
fi

systemctl daemon-reload
# A first start that fails is tried again by systemd, so it is the API that is waited for.
systemctl enable --now --no-block "$unit"
if [ "$role" = worker ]; then
  exit 0
fi
for _ in $(seq 600); do
  if k3s kubectl get --raw /readyz >/dev/null 2>&1; then
    # A cluster that a Sovereign ordered for itself is told of no tree and of no console.
    if [ "$role" = init ] && command -v catalyst-call-back >/dev/null; then
      catalyst-bring-flux /etc/catalyst/cluster
      exec catalyst-call-back /etc/catalyst/sovereign.json
    fi
    exit 0
  fi
  sleep 1
done
echo "k3s did not become ready" >&2
exit 1
