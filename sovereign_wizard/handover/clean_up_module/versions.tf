terraform {
  required_version = ">= 1.12"

  # The connection comes from PG_CONN_STR and the schema, one per Deployment, from -backend-config:
  # neither belongs in a file.
  backend "pg" {}

  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "= 1.58.0"
    }
  }
}

# Reads HCLOUD_TOKEN (and HCLOUD_ENDPOINT, if any) from the environment. The token is deliberately
# no variable: variables end up in plan files.
provider "hcloud" {}
