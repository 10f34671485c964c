# Hetzner allows a key once per project, and people have one key: it may be there already, put there
# by hand or by another Sovereign. Then it is used, and left alone when this Sovereign goes.
data "hcloud_ssh_keys" "project" {}

locals {
  key_material = split(" ", var.ssh_public_key)[1]
  foreign_key_ids = [
    for key in data.hcloud_ssh_keys.project.ssh_keys : tostring(key.id)
    if try(split(" ", trimspace(key.public_key))[1] == local.key_material, false) &&
    lookup(key.labels, "catalyst.openova.io/deployment", "") != var.deployment_id
  ]
  ssh_key_id = one(concat(slice(local.foreign_key_ids, 0, min(1, length(local.foreign_key_ids))), hcloud_ssh_key.operator[*].id))
}

resource "hcloud_ssh_key" "operator" {
  count = length(local.foreign_key_ids) == 0 ? 1 : 0

  name       = local.prefix
  public_key = var.ssh_public_key
  labels     = local.labels
}
