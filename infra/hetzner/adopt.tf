# A tofu that was interrupted or killed may have made things its state does not know: the provider
# gives up waiting and forgets the id. Their labels say whose they are, so the next plan takes them
# over instead of failing because the name is taken. An import block leaves alone what the state
# knows already, and each `for_each` has at most one entry per address.

variable "already_there" {
  description = "Parts the provider has no way to look for, so the console does: the machines' subnet, the load balancer's listen ports."
  type        = object({ subnet = bool, listen_ports = list(number) })
  nullable    = false
  default     = { subnet = false, listen_ports = [] }

  validation {
    condition     = alltrue([for port in var.already_there.listen_ports : port >= 1 && port <= 65535])
    error_message = "already_there.listen_ports must be port numbers."
  }
}

data "hcloud_networks" "mine" {
  with_selector = local.selector
}

data "hcloud_firewalls" "mine" {
  with_selector = local.selector
}

data "hcloud_servers" "mine" {
  with_selector = local.selector
}

data "hcloud_load_balancers" "mine" {
  with_selector = local.selector
}

data "hcloud_placement_groups" "mine" {
  with_selector = local.selector
}

locals {
  selector = "catalyst.openova.io/deployment=${var.deployment_id}"

  found_network       = { for found in data.hcloud_networks.mine.networks : found.name => tostring(found.id) if found.name == local.prefix }
  found_firewall      = { for found in data.hcloud_firewalls.mine.firewalls : found.name => tostring(found.id) if found.name == local.prefix }
  found_ssh_key       = { for found in data.hcloud_ssh_keys.project.ssh_keys : found.name => tostring(found.id) if found.name == local.prefix && lookup(found.labels, "catalyst.openova.io/deployment", "") == var.deployment_id }
  found_group         = { for found in data.hcloud_placement_groups.mine.placement_groups : found.name => tostring(found.id) if found.name == local.prefix }
  found_servers       = { for found in data.hcloud_servers.mine.servers : found.name => found }
  found_load_balancer = { for found in data.hcloud_load_balancers.mine.load_balancers : found.name => found if found.name == local.prefix }

  # Things without labels, known from what they belong to.
  found_attachment = { for name, found in local.found_load_balancer : name => "${found.id}-${found.network_id}" if try(found.network_id > 0, false) }
  found_services   = merge([for found in values(local.found_load_balancer) : { for port in var.already_there.listen_ports : tostring(port) => "${found.id}__${port}" if contains(keys(local.services), tostring(port)) }]...)
  found_targets    = merge([for found in values(local.found_load_balancer) : { for index in range(local.control_plane_count) : index => "${found.id}__server__${local.found_servers["${local.prefix}-cp-${index}"].id}" if try(contains(found.target[*].server_id, local.found_servers["${local.prefix}-cp-${index}"].id), false) }]...)
  found_subnet     = { for name, id in local.found_network : name => "${id}-${local.subnet_cidr}" if var.already_there.subnet }
}

import {
  for_each = local.found_network
  to       = hcloud_network.sovereign
  id       = each.value
}

import {
  for_each = local.found_subnet
  to       = hcloud_network_subnet.machines
  id       = each.value
}

import {
  for_each = local.found_firewall
  to       = hcloud_firewall.machines
  id       = each.value
}

import {
  for_each = local.found_ssh_key
  to       = hcloud_ssh_key.operator[0]
  id       = each.value
}

import {
  for_each = local.found_group
  to       = hcloud_placement_group.control_planes
  id       = each.value
}

import {
  for_each = { for name, found in local.found_servers : name => found if name == "${local.prefix}-cp-0" }
  to       = hcloud_server.control_plane
  id       = tostring(each.value.id)
}

import {
  for_each = { for index in range(local.control_plane_count - 1) : index => local.found_servers["${local.prefix}-cp-${index + 1}"].id if can(local.found_servers["${local.prefix}-cp-${index + 1}"]) }
  to       = hcloud_server.joining[tonumber(each.key)]
  id       = tostring(each.value)
}

import {
  for_each = { for index in range(var.worker_count) : index => local.found_servers["${local.prefix}-worker-${index}"].id if can(local.found_servers["${local.prefix}-worker-${index}"]) }
  to       = hcloud_server.worker[tonumber(each.key)]
  id       = tostring(each.value)
}

import {
  for_each = local.found_load_balancer
  to       = hcloud_load_balancer.sovereign
  id       = tostring(each.value.id)
}

import {
  for_each = local.found_attachment
  to       = hcloud_load_balancer_network.private
  id       = each.value
}

import {
  for_each = local.found_services
  to       = hcloud_load_balancer_service.tcp[each.key]
  id       = each.value
}

import {
  for_each = { for index, id in local.found_targets : index => id if index == "0" }
  to       = hcloud_load_balancer_target.control_plane
  id       = each.value
}

import {
  for_each = { for index, id in local.found_targets : index => id if index != "0" }
  to       = hcloud_load_balancer_target.joining[tonumber(each.key) - 1]
  id       = each.value
}
