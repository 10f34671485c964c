resource "hcloud_network" "sovereign" {
  name     = local.prefix
  ip_range = var.network_cidr
  labels   = local.labels

  delete_protection = var.delete_protection
}

resource "hcloud_network_subnet" "machines" {
  network_id   = hcloud_network.sovereign.id
  type         = "cloud"
  network_zone = data.hcloud_location.region.network_zone
  ip_range     = local.subnet_cidr
}
