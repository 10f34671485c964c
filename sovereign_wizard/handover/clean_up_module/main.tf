# Takes over what was made without OpenTofu, so that OpenTofu can remove it: apply imports and
# changes nothing (`ignore_changes = all`), destroy removes. Attributes are those the thing has.

import {
  for_each = var.servers
  to       = hcloud_server.left[each.key]
  id       = each.key
}

resource "hcloud_server" "left" {
  for_each = var.servers

  name        = each.value.name
  server_type = each.value.server_type
  image       = each.value.image
  location    = each.value.location

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = var.volumes
  to       = hcloud_volume.left[each.key]
  id       = each.key
}

resource "hcloud_volume" "left" {
  for_each = var.volumes

  name     = each.value.name
  size     = each.value.size
  location = each.value.location

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = var.load_balancers
  to       = hcloud_load_balancer.left[each.key]
  id       = each.key
}

resource "hcloud_load_balancer" "left" {
  for_each = var.load_balancers

  name               = each.value.name
  load_balancer_type = each.value.load_balancer_type
  location           = each.value.location

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = var.primary_ips
  to       = hcloud_primary_ip.left[each.key]
  id       = each.key
}

resource "hcloud_primary_ip" "left" {
  for_each = var.primary_ips

  name          = each.value.name
  type          = each.value.type
  location      = each.value.location
  assignee_type = "server"
  auto_delete   = false

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = var.floating_ips
  to       = hcloud_floating_ip.left[each.key]
  id       = each.key
}

resource "hcloud_floating_ip" "left" {
  for_each = var.floating_ips

  name          = each.value.name
  type          = each.value.type
  home_location = each.value.location

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = var.images
  to       = hcloud_snapshot.left[each.key]
  id       = each.key
}

resource "hcloud_snapshot" "left" {
  for_each = var.images

  description = each.value.name
  server_id   = each.value.server_id

  lifecycle {
    ignore_changes = all
  }
}
