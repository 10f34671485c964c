locals {
  # Hetzner's load balancers have no firewall and listen on their public address: whatever they
  # carry, everyone may connect to. So where the owner names networks for the Kubernetes API, the
  # balancer does not carry it and the machines' firewall decides. Three control planes need it
  # there, for it is how machines reach the API whichever of them is down.
  balancer_carries_api = var.ha_enabled || length(var.api_allowed_cidrs) == 0

  # Node ports on which the Sovereign's gateway listens, and the Kubernetes API.
  services = merge(
    { 80 = 31080, 443 = 31443 },
    local.balancer_carries_api ? { (local.api_port) = local.api_port } : {},
  )
}

resource "hcloud_load_balancer" "sovereign" {
  name               = local.prefix
  load_balancer_type = var.load_balancer_type
  location           = data.hcloud_location.region.name
  labels             = local.labels
  delete_protection  = var.delete_protection

  algorithm {
    type = "round_robin"
  }
}

resource "hcloud_load_balancer_network" "private" {
  load_balancer_id = hcloud_load_balancer.sovereign.id
  network_id       = hcloud_network.sovereign.id
  ip               = local.load_balancer_private_ip

  depends_on = [hcloud_network_subnet.machines]
}

resource "hcloud_load_balancer_target" "control_plane" {
  type             = "server"
  load_balancer_id = hcloud_load_balancer.sovereign.id
  server_id        = hcloud_server.control_plane.id
  use_private_ip   = true

  # A private target needs the load balancer in the network first.
  depends_on = [hcloud_load_balancer_network.private]
}

resource "hcloud_load_balancer_target" "joining" {
  count = local.control_plane_count - 1

  type             = "server"
  load_balancer_id = hcloud_load_balancer.sovereign.id
  server_id        = hcloud_server.joining[count.index].id
  use_private_ip   = true

  depends_on = [hcloud_load_balancer_network.private]
}

resource "hcloud_load_balancer_service" "tcp" {
  for_each = local.services

  load_balancer_id = hcloud_load_balancer.sovereign.id
  protocol         = "tcp"
  listen_port      = tonumber(each.key)
  destination_port = each.value
}
