# What the owner chose. Region and sizes have no default: nobody but the owner picks them.

variable "sovereign_fqdn" {
  description = "Full name of the Sovereign, lower case, IDN already in its xn-- form."
  type        = string
  nullable    = false

  validation {
    condition = (
      length(var.sovereign_fqdn) <= 253 &&
      can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$", var.sovereign_fqdn))
    )
    error_message = "sovereign_fqdn must be a lower-case domain name such as omantel.omani.works."
  }
}

variable "deployment_id" {
  description = "Id of the Deployment that owns these resources; also their label."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$", var.deployment_id))
    error_message = "deployment_id must be 1 to 63 letters, digits, dots, dashes or underscores."
  }
}

variable "owner_email" {
  description = "Where the owner of the Sovereign is reached."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.owner_email) <= 254 && can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$", var.owner_email))
    error_message = "owner_email must be an e-mail address."
  }
}

variable "region" {
  description = "Hetzner location, e.g. nbg1. Whether it exists is asked of Hetzner, not of a list."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.region))
    error_message = "region must be the name of a Hetzner location."
  }
}

variable "control_plane_size" {
  description = "Server type of the control plane. Whether it exists is asked of Hetzner."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.control_plane_size))
    error_message = "control_plane_size must be the name of a Hetzner server type."
  }
}

variable "ha_enabled" {
  description = "Three control planes instead of one, of which any one may fail."
  type        = bool
  nullable    = false
  default     = false
}

variable "worker_count" {
  description = "Number of workers; 0 leaves all work to the control planes."
  type        = number
  nullable    = false
  default     = 0

  validation {
    condition     = var.worker_count >= 0 && var.worker_count <= 50 && floor(var.worker_count) == var.worker_count
    error_message = "worker_count must be a whole number from 0 to 50."
  }
}

variable "worker_size" {
  description = "Server type of the workers; empty only when there are none."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition = (
      (var.worker_size == "" && var.worker_count == 0) ||
      can(regex("^[a-z][a-z0-9-]{1,31}$", var.worker_size))
    )
    error_message = "worker_size must be the name of a Hetzner server type when there are workers."
  }
}

variable "load_balancer_type" {
  description = "Load balancer type."
  type        = string
  nullable    = false
  default     = "lb11"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.load_balancer_type))
    error_message = "load_balancer_type must be the name of a Hetzner load balancer type."
  }
}

variable "image" {
  description = "System image of every server. The cloud-init files are written for Ubuntu 24.04."
  type        = string
  nullable    = false
  default     = "ubuntu-24.04"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,63}$", var.image))
    error_message = "image must be the name of a Hetzner system image."
  }
}

variable "delete_protection" {
  description = "Hetzner refuses to delete servers, load balancer and network until this is off again."
  type        = bool
  nullable    = false
  default     = false
}

variable "ssh_public_key" {
  description = "The operator's OpenSSH public key. Keys are never made here."
  type        = string
  nullable    = false

  # The type name inside the base64 (RFC 4253 §6.6) must be the one in front of it: a key pasted
  # half, or with a changed type, is refused here and not by Hetzner in the middle of an apply.
  validation {
    condition = (
      can(regex("^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{30,}={0,2}( [^\\r\\n]*)?$", var.ssh_public_key)) &&
      can(regex({
        "ssh-rsa"             = "^AAAAB3NzaC1yc2E"
        "ssh-ed25519"         = "^AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$"
        "ecdsa-sha2-nistp256" = "^AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAB"
        "ecdsa-sha2-nistp384" = "^AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABh"
        "ecdsa-sha2-nistp521" = "^AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACF"
      }[split(" ", var.ssh_public_key)[0]], split(" ", var.ssh_public_key)[1]))
    )
    error_message = "ssh_public_key must be one OpenSSH public key line: ssh-rsa, ssh-ed25519 or ecdsa-sha2-nistp256/384/521."
  }
}
