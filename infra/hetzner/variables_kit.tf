# What of the kit is installed.

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
