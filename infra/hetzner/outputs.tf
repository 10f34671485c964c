output "sovereign_fqdn" {
  description = "Full name of the Sovereign."
  value       = var.sovereign_fqdn
}

output "console_url" {
  description = "Where its console answers once DNS and TLS stand."
  value       = "https://console.${var.sovereign_fqdn}"
}

output "gitops_repo_url" {
  description = "Where the Sovereign's own Git answers once it is installed."
  value       = "https://git.${var.sovereign_fqdn}"
}

output "kubernetes_api_url" {
  description = "Where the Kubernetes API answers; the kubeconfig names it."
  value       = "https://${coalesce(local.balancer_carries_api ? hcloud_load_balancer.sovereign.ipv4 : hcloud_server.control_plane.ipv4_address, "unknown")}:${local.api_port}"
}

output "control_plane_ip" {
  description = "Public IPv4 of the first control plane."
  value       = hcloud_server.control_plane.ipv4_address
}

output "control_plane_ipv6" {
  description = "Public IPv6 of the first control plane."
  value       = hcloud_server.control_plane.ipv6_address
}

output "load_balancer_ip" {
  description = "Public IPv4 of the load balancer: what the Sovereign's A records point to."
  value       = hcloud_load_balancer.sovereign.ipv4
}

output "load_balancer_ipv6" {
  description = "Public IPv6 of the load balancer."
  value       = hcloud_load_balancer.sovereign.ipv6
}

output "load_balancer_id" {
  description = "Hetzner id of the load balancer."
  value       = hcloud_load_balancer.sovereign.id
}

output "network_id" {
  description = "Hetzner id of the private network."
  value       = hcloud_network.sovereign.id
}

output "network_zone" {
  description = "Network zone the region lies in."
  value       = data.hcloud_location.region.network_zone
}

output "firewall_id" {
  description = "Hetzner id of the firewall."
  value       = hcloud_firewall.machines.id
}

output "placement_group_id" {
  description = "Hetzner id of the control planes' placement group."
  value       = hcloud_placement_group.control_planes.id
}

output "ssh_key_id" {
  description = "Hetzner id of the operator's SSH key."
  value       = local.ssh_key_id
}

output "servers" {
  description = "Every server: id, name, role, public IPv4 and IPv6, private IPv4, control planes first."
  value = [for server in concat([hcloud_server.control_plane], hcloud_server.joining, hcloud_server.worker) : {
    id          = server.id
    name        = server.name
    role        = server.labels["catalyst.openova.io/role"]
    public_ip   = server.ipv4_address
    public_ipv6 = server.ipv6_address
    private_ip  = one(server.network[*].ip)
  }]
}
