# Every resource the vendor's provider has for what the local cloud plays, once or twice.
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

variable "public_key" { type = string }

variable "certificate" { type = string }

variable "private_key" {
  type      = string
  sensitive = true
}

locals {
  labels = { stage = var.stage }
  second = var.stage == "two"
}

data "hcloud_location" "place" { name = "hel1" }

data "hcloud_server_types" "all" {}

data "hcloud_datacenters" "all" {}

data "hcloud_images" "arm" { with_architecture = ["arm"] }

resource "hcloud_ssh_key" "key" {
  name       = "key-${var.stage}"
  public_key = var.public_key
  labels     = local.labels
}

resource "hcloud_placement_group" "group" {
  name   = "group-${var.stage}"
  type   = "spread"
  labels = local.labels
}

resource "hcloud_network" "net" {
  name     = "net-${var.stage}"
  ip_range = "10.0.0.0/16"
  labels   = local.labels
}

resource "hcloud_network_subnet" "sub" {
  network_id   = hcloud_network.net.id
  type         = "cloud"
  network_zone = data.hcloud_location.place.network_zone
  ip_range     = "10.0.1.0/24"
}

resource "hcloud_network_route" "out" {
  network_id  = hcloud_network.net.id
  destination = "10.100.1.0/24"
  gateway     = "10.0.1.1"
  depends_on  = [hcloud_network_subnet.sub]
}

resource "hcloud_primary_ip" "four" {
  name          = "four-${var.stage}"
  type          = "ipv4"
  location      = data.hcloud_location.place.name
  assignee_type = "server"
  auto_delete   = false
  labels        = local.labels
}

resource "hcloud_server" "one" {
  name               = "one-${var.stage}"
  server_type        = local.second ? "cx33" : "cx23"
  image              = "debian-12"
  location           = data.hcloud_location.place.name
  ssh_keys           = [hcloud_ssh_key.key.id]
  placement_group_id = hcloud_placement_group.group.id
  backups            = local.second
  keep_disk          = true
  labels             = local.labels
  public_net {
    ipv4_enabled = true
    ipv4         = hcloud_primary_ip.four.id
    ipv6_enabled = true
  }
  lifecycle {
    # What the API never tells, so that an import cannot know it.
    ignore_changes = [ssh_keys, public_net, keep_disk]
  }
}

resource "hcloud_server_network" "one" {
  server_id  = hcloud_server.one.id
  network_id = hcloud_network.net.id
  ip         = "10.0.1.5"
  alias_ips  = local.second ? ["10.0.1.6"] : []
  depends_on = [hcloud_network_subnet.sub]
}

resource "hcloud_firewall" "wall" {
  name   = "wall-${var.stage}"
  labels = local.labels
  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = "22"
    source_ips = ["0.0.0.0/0"]
  }
}

resource "hcloud_firewall_attachment" "wall" {
  firewall_id     = hcloud_firewall.wall.id
  server_ids      = [hcloud_server.one.id]
  label_selectors = local.second ? ["role=front", "role=back"] : ["role=front"]
}

resource "hcloud_volume" "alone" {
  name              = "alone-${var.stage}"
  size              = local.second ? 20 : 10
  location          = data.hcloud_location.place.name
  format            = "ext4"
  labels            = local.labels
  delete_protection = local.second ? false : true
  lifecycle {
    ignore_changes = [format]
  }
}

resource "hcloud_volume" "attached" {
  name      = "attached-${var.stage}"
  size      = 10
  server_id = hcloud_server.one.id
  labels    = local.labels
}

resource "hcloud_volume_attachment" "alone" {
  volume_id = hcloud_volume.alone.id
  server_id = hcloud_server.one.id
  lifecycle {
    ignore_changes = [automount]
  }
}

resource "hcloud_floating_ip" "four" {
  name          = "floating-${var.stage}"
  type          = "ipv4"
  description   = "stage ${var.stage}"
  home_location = data.hcloud_location.place.name
  labels        = local.labels
}

resource "hcloud_floating_ip" "six" {
  type          = "ipv6"
  home_location = data.hcloud_location.place.name
}

resource "hcloud_floating_ip_assignment" "four" {
  floating_ip_id = hcloud_floating_ip.four.id
  server_id      = hcloud_server.one.id
}

resource "hcloud_rdns" "server" {
  server_id  = hcloud_server.one.id
  ip_address = hcloud_server.one.ipv6_address
  dns_ptr    = "six-${var.stage}.example.org"
}

resource "hcloud_rdns" "primary" {
  primary_ip_id = hcloud_primary_ip.four.id
  ip_address    = hcloud_primary_ip.four.ip_address
  dns_ptr       = "four-${var.stage}.example.org"
}

resource "hcloud_rdns" "floating" {
  floating_ip_id = hcloud_floating_ip.four.id
  ip_address     = hcloud_floating_ip.four.ip_address
  dns_ptr        = "floating-${var.stage}.example.org"
}

resource "hcloud_rdns" "front" {
  load_balancer_id = hcloud_load_balancer.front.id
  ip_address       = hcloud_load_balancer.front.ipv4
  dns_ptr          = "front-${var.stage}.example.org"
}

resource "hcloud_snapshot" "one" {
  server_id   = hcloud_server.one.id
  description = "taken at stage ${var.stage}"
  labels      = local.labels
}

resource "hcloud_uploaded_certificate" "ours" {
  name        = "ours-${var.stage}"
  certificate = var.certificate
  private_key = var.private_key
  labels      = local.labels
  lifecycle {
    ignore_changes = [private_key]
  }
}

resource "hcloud_managed_certificate" "theirs" {
  name         = "theirs-${var.stage}"
  domain_names = ["managed.example.org", "*.managed.example.org"]
  labels       = local.labels
}

resource "hcloud_load_balancer" "front" {
  name               = "front-${var.stage}"
  load_balancer_type = local.second ? "lb21" : "lb11"
  location           = data.hcloud_location.place.name
  labels             = local.labels
  algorithm {
    type = local.second ? "least_connections" : "round_robin"
  }
}

resource "hcloud_load_balancer_network" "front" {
  load_balancer_id        = hcloud_load_balancer.front.id
  network_id              = hcloud_network.net.id
  ip                      = "10.0.1.200"
  enable_public_interface = true
  depends_on              = [hcloud_network_subnet.sub]
}

resource "hcloud_load_balancer_target" "server" {
  type             = "server"
  load_balancer_id = hcloud_load_balancer.front.id
  server_id        = hcloud_server.one.id
  use_private_ip   = true
  depends_on       = [hcloud_load_balancer_network.front, hcloud_server_network.one]
}

resource "hcloud_load_balancer_target" "labelled" {
  type             = "label_selector"
  load_balancer_id = hcloud_load_balancer.front.id
  label_selector   = "role=front"
}

resource "hcloud_load_balancer_service" "https" {
  load_balancer_id = hcloud_load_balancer.front.id
  protocol         = "https"
  http {
    certificates    = [hcloud_uploaded_certificate.ours.id, hcloud_managed_certificate.theirs.id]
    redirect_http   = local.second
    sticky_sessions = true
    cookie_name     = "STICKY"
    cookie_lifetime = 60
  }
  health_check {
    protocol = "http"
    port     = 80
    interval = local.second ? 20 : 10
    timeout  = 5
    retries  = 2
    http {
      domain       = "example.org"
      path         = "/healthz"
      status_codes = ["2??"]
      tls          = false
      response     = "ok"
    }
  }
}

resource "hcloud_load_balancer_service" "tcp" {
  load_balancer_id = hcloud_load_balancer.front.id
  protocol         = "tcp"
  listen_port      = 5432
  destination_port = 5432
  proxyprotocol    = local.second
}
