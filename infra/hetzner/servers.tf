# Hetzner puts the members of a spread group on different hosts. It takes ten servers, so it is for
# the control planes, which must not fall together.
resource "hcloud_placement_group" "control_planes" {
  name   = local.prefix
  type   = "spread"
  labels = local.labels
}

resource "hcloud_server" "control_plane" {
  name               = "${local.prefix}-cp-0"
  server_type        = data.hcloud_server_type.control_plane.name
  image              = var.image
  location           = data.hcloud_location.region.name
  placement_group_id = hcloud_placement_group.control_planes.id
  ssh_keys           = [local.ssh_key_id]
  firewall_ids       = [hcloud_firewall.machines.id]
  labels             = merge(local.labels, { "catalyst.openova.io/role" = "control-plane" })
  user_data          = local.control_plane_user_data
  delete_protection  = var.delete_protection
  rebuild_protection = var.delete_protection

  network {
    network_id = hcloud_network.sovereign.id
    ip         = local.control_plane_private_ips[0]
    alias_ips  = []
  }

  depends_on = [hcloud_network_subnet.machines]

  lifecycle {
    # Both act at first boot only, and a change of either would replace the machine: a renewed
    # bearer must never destroy a running control plane.
    ignore_changes = [user_data, ssh_keys]

    precondition {
      condition     = max(local.user_data_bytes...) < 32768
      error_message = "The user_data of a machine is over Hetzner's limit of 32 KiB."
    }
  }
}

# The further control planes of a highly available Sovereign. They join the one above, so an odd
# number keeps etcd's majority when one is lost.
resource "hcloud_server" "joining" {
  count = local.control_plane_count - 1

  name               = "${local.prefix}-cp-${count.index + 1}"
  server_type        = data.hcloud_server_type.control_plane.name
  image              = var.image
  location           = data.hcloud_location.region.name
  placement_group_id = hcloud_placement_group.control_planes.id
  ssh_keys           = [local.ssh_key_id]
  firewall_ids       = [hcloud_firewall.machines.id]
  labels             = merge(local.labels, { "catalyst.openova.io/role" = "control-plane" })
  user_data          = local.joining_user_data[count.index]
  delete_protection  = var.delete_protection
  rebuild_protection = var.delete_protection

  network {
    network_id = hcloud_network.sovereign.id
    ip         = local.control_plane_private_ips[count.index + 1]
    alias_ips  = []
  }

  depends_on = [hcloud_network_subnet.machines]

  lifecycle {
    ignore_changes = [user_data, ssh_keys]
  }
}

resource "hcloud_server" "worker" {
  count = var.worker_count

  name               = "${local.prefix}-worker-${count.index}"
  server_type        = data.hcloud_server_type.worker[0].name
  image              = var.image
  location           = data.hcloud_location.region.name
  ssh_keys           = [local.ssh_key_id]
  firewall_ids       = [hcloud_firewall.machines.id]
  labels             = merge(local.labels, { "catalyst.openova.io/role" = "worker" })
  user_data          = local.worker_user_data[count.index]
  delete_protection  = var.delete_protection
  rebuild_protection = var.delete_protection

  network {
    network_id = hcloud_network.sovereign.id
    ip         = local.worker_private_ips[count.index]
    alias_ips  = []
  }

  depends_on = [hcloud_network_subnet.machines]

  lifecycle {
    ignore_changes = [user_data, ssh_keys]
  }
}
