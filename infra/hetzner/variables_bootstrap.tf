# What the machines are told. Secrets arrive as TF_VAR_<name>, never in a file.

variable "k3s_version" {
  description = "k3s release. Change it and k3s_sha256 together."
  type        = string
  nullable    = false
  default     = "v1.36.4+k3s1"

  validation {
    condition     = can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+\\+k3s[0-9]+$", var.k3s_version))
    error_message = "k3s_version must be a k3s release such as v1.36.4+k3s1."
  }
}

variable "k3s_sha256" {
  description = "SHA-256 of the k3s program of that release, one per architecture."
  type        = object({ amd64 = string, arm64 = string })
  nullable    = false
  default = {
    amd64 = "835873f37245fc615f547a2fe2af9402a347875f13fa64a1f136de644955ea3f"
    arm64 = "c920706346d5ad4e5cd3c7bf1bb09ce71ebe07fec829e513e40f1caf98aed8bb"
  }

  validation {
    condition     = alltrue([for sum in values(var.k3s_sha256) : can(regex("^[0-9a-f]{64}$", sum))])
    error_message = "k3s_sha256 must hold two SHA-256 sums of 64 lower-case hexadecimal digits."
  }
}

variable "k3s_release_url" {
  description = "Where k3s releases are downloaded from; <url>/<version>/<file>."
  type        = string
  nullable    = false
  default     = "https://github.com/k3s-io/k3s/releases/download"

  validation {
    condition     = length(var.k3s_release_url) <= 512 && can(regex("^https://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$", var.k3s_release_url))
    error_message = "k3s_release_url must be an https address without a slash at its end."
  }
}

variable "k3s_token" {
  description = "Secret with which a machine joins the cluster."
  type        = string
  nullable    = false
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{32,128}$", var.k3s_token))
    error_message = "k3s_token must be 32 to 128 URL-safe characters."
  }
}

variable "callback_url" {
  description = "Where the control plane reports that it is up."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.callback_url) <= 512 && can(regex("^https?://[^\\s/?#@\"'\\\\]+(/[^\\s?#\"'\\\\]*)?$", var.callback_url))
    error_message = "callback_url must be an http(s) address without user, query or fragment."
  }
}

variable "kubeconfig_url" {
  description = "Where the first control plane PUTs its kubeconfig, with the call-back's bearer. Empty: nowhere."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition = (
      var.kubeconfig_url == "" ||
      (length(var.kubeconfig_url) <= 512 && can(regex("^https?://[^\\s/?#@\"'\\\\]+(/[^\\s?#\"'\\\\]*)?$", var.kubeconfig_url)))
    )
    error_message = "kubeconfig_url must be empty or an http(s) address without user, query or fragment."
  }
}

variable "enable_unattended_upgrades" {
  description = "Machines install security updates by themselves and start anew at night when they must."
  type        = bool
  nullable    = false
  default     = true
}

variable "enable_fail2ban" {
  description = "Machines shut out addresses that keep failing to log in by SSH."
  type        = bool
  nullable    = false
  default     = true
}

variable "callback_bearer" {
  description = "Bearer of the call-back and of the kubeconfig."
  type        = string
  nullable    = false
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{32,128}$", var.callback_bearer))
    error_message = "callback_bearer must be 32 to 128 URL-safe characters."
  }
}

variable "acme_directory" {
  description = "Directory of the ACME server that issues the Sovereign's certificate (RFC 8555 §7.1.1)."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.acme_directory) <= 512 && can(regex("^https://[^\\s/?#@\"'\\\\]+(/[^\\s?#\"'\\\\]*)?$", var.acme_directory))
    error_message = "acme_directory must be an https address."
  }
}

variable "acme_email" {
  description = "Contact of the ACME account."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.acme_email) <= 254 && can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$", var.acme_email))
    error_message = "acme_email must be an e-mail address."
  }
}

variable "acme_update_url" {
  description = "Where the machine publishes its DNS-01 records (acme-dns protocol)."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.acme_update_url) <= 512 && can(regex("^https?://[^\\s/?#@\"'\\\\]+(/[^\\s?#\"'\\\\]*)?$", var.acme_update_url))
    error_message = "acme_update_url must be an http(s) address without user, query or fragment."
  }
}

variable "acme_username" {
  description = "X-Api-User of the acme-dns protocol."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,128}$", var.acme_username))
    error_message = "acme_username must be 1 to 128 letters, digits, dots, dashes or underscores."
  }
}

variable "acme_subdomain" {
  description = "Which TXT record the machine may write."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,253}$", var.acme_subdomain))
    error_message = "acme_subdomain must be 1 to 253 letters, digits, dots, dashes or underscores."
  }
}

variable "acme_key" {
  description = "X-Api-Key of the acme-dns protocol."
  type        = string
  nullable    = false
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{32,128}$", var.acme_key))
    error_message = "acme_key must be 32 to 128 URL-safe characters."
  }
}

variable "first_admin_email" {
  description = "Who becomes sovereign-admin at the first log-in."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.first_admin_email) <= 254 && can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$", var.first_admin_email))
    error_message = "first_admin_email must be an e-mail address."
  }
}

variable "first_admin_code_hash" {
  description = "Hash of the first admin's one-time code: algorithm$rounds$salt$hash."
  type        = string
  nullable    = false
  sensitive   = true

  validation {
    condition     = can(regex("^pbkdf2_sha256\\$[0-9]{4,8}\\$[A-Za-z0-9]+\\$[A-Za-z0-9+/=]{43,44}$", var.first_admin_code_hash))
    error_message = "first_admin_code_hash must be a pbkdf2_sha256 hash, never the code itself."
  }
}
