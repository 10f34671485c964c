# Exactly what a person has read and confirmed, keyed by Hetzner's id. Nothing else is touched.

variable "servers" {
  description = "Machines made inside the cluster, e.g. by an autoscaler."
  type        = map(object({ name = string, location = string, server_type = string, image = string }))
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in keys(var.servers) : can(regex("^[1-9][0-9]*$", id))])
    error_message = "servers must be keyed by Hetzner's ids."
  }
}

variable "volumes" {
  description = "Volumes, e.g. of a persistent volume claim. Their data goes with them."
  type        = map(object({ name = string, location = string, size = number }))
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in keys(var.volumes) : can(regex("^[1-9][0-9]*$", id))])
    error_message = "volumes must be keyed by Hetzner's ids."
  }
}

variable "load_balancers" {
  description = "Load balancers, e.g. of a Kubernetes service."
  type        = map(object({ name = string, location = string, load_balancer_type = string }))
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in keys(var.load_balancers) : can(regex("^[1-9][0-9]*$", id))])
    error_message = "load_balancers must be keyed by Hetzner's ids."
  }
}

variable "primary_ips" {
  description = "Primary IPs."
  type        = map(object({ name = string, location = string, type = string }))
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in keys(var.primary_ips) : can(regex("^[1-9][0-9]*$", id))])
    error_message = "primary_ips must be keyed by Hetzner's ids."
  }
}

variable "floating_ips" {
  description = "Floating IPs."
  type        = map(object({ name = string, location = string, type = string }))
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in keys(var.floating_ips) : can(regex("^[1-9][0-9]*$", id))])
    error_message = "floating_ips must be keyed by Hetzner's ids."
  }
}

variable "images" {
  description = "Snapshots of the Deployment's servers."
  type        = map(object({ name = string, server_id = number }))
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in keys(var.images) : can(regex("^[1-9][0-9]*$", id))])
    error_message = "images must be keyed by Hetzner's ids."
  }
}
