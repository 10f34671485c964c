# Where a Sovereign's Flux reads and charts come from, and what its tree is told besides.

variable "gitops_repo_url" {
  description = "Git repository with the tree of a Sovereign."
  type        = string
  nullable    = false
  default     = "https://github.com/openova-io/catalyst"

  validation {
    condition     = length(var.gitops_repo_url) <= 512 && can(regex("^https?://[^\\s/?#@\"'\\\\]+(/[^\\s?#\"'\\\\]*)?$", var.gitops_repo_url))
    error_message = "gitops_repo_url must be an http(s) address without user, query or fragment."
  }
}

variable "gitops_branch" {
  description = "Branch of that repository."
  type        = string
  nullable    = false
  default     = "main"

  validation {
    condition     = length(var.gitops_branch) <= 255 && can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.gitops_branch))
    error_message = "gitops_branch must be the name of a branch."
  }
}

variable "gitops_path" {
  description = "Folder of the tree in that repository."
  type        = string
  nullable    = false
  default     = "./infra/clusters/_template"

  validation {
    condition     = length(var.gitops_path) <= 255 && can(regex("^\\./[A-Za-z0-9._/-]*$", var.gitops_path))
    error_message = "gitops_path must begin with ./ and be a path of the repository."
  }
}

variable "chart_registry" {
  description = "OCI registry and namespace of the charts, as in oci://<this>/<chart>."
  type        = string
  nullable    = false
  default     = "ghcr.io/openova-io"

  validation {
    condition     = length(var.chart_registry) <= 255 && can(regex("^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$", var.chart_registry))
    error_message = "chart_registry must be host[:port]/namespace in lower case."
  }
}

variable "chart_registry_insecure" {
  description = "The registry speaks plain HTTP. Only ever so on a laptop."
  type        = bool
  nullable    = false
  default     = false
}

variable "trusted_authorities" {
  description = "PEM certificates that cert-manager and the product trust as well, for an ACME server of one's own. Empty: the public ones only."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.trusted_authorities == "" || (length(var.trusted_authorities) <= 4096 && startswith(trimspace(var.trusted_authorities), "-----BEGIN CERTIFICATE-----"))
    error_message = "trusted_authorities must be empty or PEM certificates of at most 4 KiB."
  }
}

variable "extra_settings" {
  description = "Settings of the tree that are said otherwise here, e.g. GATEWAY_CLASS."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.extra_settings : can(regex("^[A-Z][A-Z0-9_]*$", name)) && length(value) <= 512])
    error_message = "extra_settings must be names in capitals, with values of at most 512 characters."
  }
}
