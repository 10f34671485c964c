# The network zone, and whether the sizes exist, is what Hetzner says.
data "hcloud_location" "region" {
  name = var.region
}

data "hcloud_server_type" "control_plane" {
  name = var.control_plane_size
}

data "hcloud_server_type" "worker" {
  count = var.worker_count > 0 ? 1 : 0
  name  = var.worker_size
}

locals {
  # A server's name is a host name: at most 63 characters (RFC 1123 §2.1) with "-worker-49" in it.
  # A label's value is at most 63 too. What is longer is cut and told apart by a digest.
  dashed      = replace(var.sovereign_fqdn, ".", "-")
  digest      = substr(sha256(var.sovereign_fqdn), 0, 8)
  name_room   = 63 - length("catalyst-") - length("-worker-49")
  name_middle = length(local.dashed) <= local.name_room ? local.dashed : "${substr(local.dashed, 0, local.name_room - 9)}-${local.digest}"
  prefix      = "catalyst-${local.name_middle}"

  labels = {
    "catalyst.openova.io/sovereign"  = length(var.sovereign_fqdn) <= 63 ? var.sovereign_fqdn : "${substr(var.sovereign_fqdn, 0, 54)}-${local.digest}"
    "catalyst.openova.io/deployment" = var.deployment_id
  }

  # Three is the fewest of which one may fail (etcd needs a majority).
  control_plane_count = var.ha_enabled ? 3 : 1

  # Addresses are fixed so that a machine knows where to join before any other exists. Host 1 is the
  # vendor's gateway, 2 to 4 are control planes, 5 the load balancer; workers follow from 10.
  subnet_cidr               = cidrsubnet(var.network_cidr, 24 - tonumber(split("/", var.network_cidr)[1]), 1)
  control_plane_private_ips = [for index in range(local.control_plane_count) : cidrhost(local.subnet_cidr, 2 + index)]
  load_balancer_private_ip  = cidrhost(local.subnet_cidr, 5)
  worker_private_ips        = [for index in range(var.worker_count) : cidrhost(local.subnet_cidr, 10 + index)]
}
