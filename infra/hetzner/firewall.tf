locals {
  everywhere = ["0.0.0.0/0", "::/0"]

  # Guards the machines' public addresses only. The private network, in which the load balancer and
  # the machines reach the API, holds nothing but them and is open between them.
  inbound = concat(
    [
      { protocol = "icmp", port = null, source_ips = local.everywhere, description = "ICMP" },
      { protocol = "tcp", port = "80", source_ips = local.everywhere, description = "HTTP" },
      { protocol = "tcp", port = "443", source_ips = local.everywhere, description = "HTTPS" },
    ],
    length(var.ssh_allowed_cidrs) == 0 ? [] : [
      { protocol = "tcp", port = "22", source_ips = var.ssh_allowed_cidrs, description = "SSH" },
    ],
    length(var.api_allowed_cidrs) == 0 ? [] : [
      { protocol = "tcp", port = "6443", source_ips = var.api_allowed_cidrs, description = "Kubernetes API" },
    ],
  )
}

resource "hcloud_firewall" "machines" {
  name   = local.prefix
  labels = local.labels

  dynamic "rule" {
    for_each = local.inbound
    content {
      direction   = "in"
      protocol    = rule.value.protocol
      port        = rule.value.port
      source_ips  = rule.value.source_ips
      description = rule.value.description
    }
  }
}
