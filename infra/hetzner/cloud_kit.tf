# Which components of the kit are in this Sovereign's tree (kit.tf.json says what there is).

locals {
  # kustomize drops every object that is marked as optional and belongs to none of the chosen: what
  # a later version of the tree adds as optional nobody has chosen either.
  leave_out = {
    target = { labelSelector = join(",", concat(
      ["catalyst.openova.io/tier=optional"],
      length(var.components) == 0 ? [] : ["catalyst.openova.io/component notin (${join(",", sort(var.components))})"],
    )) }
    # Kind and name say nothing here: the target counts.
    patch = yamlencode({ "$patch" = "delete", apiVersion = "v1", kind = "Any", metadata = { name = "any" } })
  }
  # Stages as a whole, and in each stage that stays what it brings.
  tree_patches = [
    local.leave_out,
    {
      target = { group = "kustomize.toolkit.fluxcd.io", kind = "Kustomization" }
      patch  = yamlencode([{ op = "add", path = "/spec/patches", value = [local.leave_out] }])
    },
  ]
}
