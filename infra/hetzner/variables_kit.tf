# What of the kit is installed, and which Apps the Sovereign starts to sell.

variable "components" {
  description = "Components of the kit (kit.tf.json) beside those that every Sovereign has."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for name in var.components : try(local.kit[name].mandatory, "unknown") == ""])
    error_message = "components must name optional components of the kit (kit.tf.json)."
  }

  validation {
    condition = alltrue(flatten([
      for name in var.components : [
        for needed in try(local.kit[name].needs, []) :
        local.kit[needed].mandatory != "" || contains(var.components, needed)
      ]
    ]))
    error_message = "components must hold what each of them needs (kit.tf.json)."
  }
}

variable "apps" {
  description = "Apps for the Sovereign's own catalogue, preselected for its first Organization."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(var.apps) <= 100 && alltrue([for name in var.apps : can(regex("^[a-z][a-z0-9-]{0,39}$", name))])
    error_message = "apps must be at most 100 short names of Apps."
  }
}
