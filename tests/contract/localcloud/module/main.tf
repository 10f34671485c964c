# Every kind of resource that infra/hetzner uses, each with its labels, small enough to see at once.
terraform {
  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "1.58.0"
    }
  }
}
variable "stage" {
  type    = string
  default = "one"
}

variable "public_key" {
  type = string
}

locals { labels = { "catalyst.openova.io/sovereign" = "omantel", stage = var.stage } }

data "hcloud_location" "region" { name = "fsn1" }

data "hcloud_server_type" "cp" { name = "cx33" }

data "hcloud_image" "os" {
  name              = "ubuntu-24.04"
  with_architecture = "x86"
}

resource "hcloud_ssh_key" "operator" {
  name       = "omantel"
  public_key = var.public_key
  labels     = local.labels
}

resource "hcloud_network" "private" {
  name     = "omantel"
  ip_range = "10.0.0.0/16"
  labels   = local.labels
}

resource "hcloud_network_subnet" "machines" {
  network_id   = hcloud_network.private.id
  type         = "cloud"
  network_zone = data.hcloud_location.region.network_zone
  ip_range     = "10.0.1.0/24"
}

resource "hcloud_placement_group" "spread" {
  name   = "omantel"
  type   = "spread"
  labels = local.labels
}

resource "hcloud_firewall" "machines" {
  name   = "omantel"
  labels = local.labels
  rule {
    direction   = "in"
    protocol    = "icmp"
    source_ips  = ["0.0.0.0/0", "::/0"]
    description = "ICMP"
  }
  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = "443"
    source_ips = ["0.0.0.0/0", "::/0"]
  }
}

resource "hcloud_server" "node" {
  count              = 2
  name               = "omantel-${count.index}"
  server_type        = data.hcloud_server_type.cp.name
  image              = "ubuntu-24.04"
  location           = data.hcloud_location.region.name
  ssh_keys           = [hcloud_ssh_key.operator.id]
  firewall_ids       = [hcloud_firewall.machines.id]
  placement_group_id = hcloud_placement_group.spread.id
  labels             = local.labels
  user_data          = "#cloud-config\nwrite_files:\n  - path: /etc/told\n    content: ${count.index}\n"
  network {
    network_id = hcloud_network.private.id
    ip         = "10.0.1.1${count.index}"
    alias_ips  = []
  }
  depends_on = [hcloud_network_subnet.machines]
}

resource "hcloud_load_balancer" "front" {
  name               = "omantel"
  load_balancer_type = "lb11"
  location           = data.hcloud_location.region.name
  labels             = local.labels
  algorithm {
    type = "round_robin"
  }
}

resource "hcloud_load_balancer_network" "private" {
  load_balancer_id = hcloud_load_balancer.front.id
  network_id       = hcloud_network.private.id
  ip               = "10.0.1.254"
  depends_on       = [hcloud_network_subnet.machines]
}

resource "hcloud_load_balancer_target" "node" {
  count            = 2
  type             = "server"
  load_balancer_id = hcloud_load_balancer.front.id
  server_id        = hcloud_server.node[count.index].id
  use_private_ip   = true
  depends_on       = [hcloud_load_balancer_network.private]
}
# A target by labels and a service with a health check of its own, as a later module may use them.

resource "hcloud_load_balancer_target" "labelled" {
  type             = "label_selector"
  load_balancer_id = hcloud_load_balancer.front.id
  label_selector   = "role=gateway"
  use_private_ip   = true
  depends_on       = [hcloud_load_balancer_network.private]
}

resource "hcloud_load_balancer_service" "tcp" {
  for_each         = { 80 = 31080, 443 = 31443 }
  load_balancer_id = hcloud_load_balancer.front.id
  protocol         = "tcp"
  listen_port      = tonumber(each.key)
  destination_port = each.value
}

output "address" { value = hcloud_load_balancer.front.ipv4 }

output "nodes" { value = hcloud_server.node[*].ipv4_address }
