# Who may reach what. Ranges are canonical CIDR blocks, as Hetzner's firewall wants them.

variable "network_cidr" {
  description = "Private network of the Sovereign. Its second /24 holds the machines."
  type        = string
  nullable    = false
  default     = "10.0.0.0/16"

  # 10.42.0.0/15 is what k3s gives to Pods and Services.
  validation {
    condition = try(
      cidrsubnet(var.network_cidr, 0, 0) == var.network_cidr &&
      anytrue([for private in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] : cidrcontains(private, var.network_cidr)]) &&
      !cidrcontains("10.42.0.0/15", var.network_cidr) &&
      tonumber(split("/", var.network_cidr)[1]) >= 16 &&
      tonumber(split("/", var.network_cidr)[1]) <= 23,
      false,
    )
    error_message = "network_cidr must be a private IPv4 block from /16 to /23 outside 10.42.0.0/15."
  }
}

variable "ssh_allowed_cidrs" {
  description = "Who may reach port 22. Empty: nobody, the rule is absent."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition = (
      length(var.ssh_allowed_cidrs) <= 100 &&
      alltrue([for cidr in var.ssh_allowed_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    )
    error_message = "ssh_allowed_cidrs must be at most 100 CIDR blocks such as 203.0.113.0/24 or 2001:db8::/32, host bits zero."
  }
}

variable "api_allowed_cidrs" {
  description = "Networks that alone may connect to the Kubernetes API (port 6443), on the control plane itself; the load balancer does not carry it then. Empty: the machines' port is closed, the load balancer carries the API and everyone may connect; certificates decide who may use it. Not with ha_enabled."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition = (
      length(var.api_allowed_cidrs) <= 100 &&
      alltrue([for cidr in var.api_allowed_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    )
    error_message = "api_allowed_cidrs must be at most 100 CIDR blocks such as 203.0.113.0/24 or 2001:db8::/32, host bits zero."
  }

  # Three control planes need the API on the load balancer, which lets everyone connect: a list here
  # would promise what nothing keeps.
  validation {
    condition     = !var.ha_enabled || length(var.api_allowed_cidrs) == 0
    error_message = "api_allowed_cidrs cannot be kept with ha_enabled: the load balancer carries the API then, and has no firewall."
  }
}
