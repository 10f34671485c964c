# What the first control plane puts into its new cluster: the network, Flux, where Flux reads, and the
# Secrets that nothing in the tree can make (infra/clusters/_template/outside-secrets.yaml).

locals {
  flux_namespace = "flux-system"
  # By these two everything else arrives. Version and values are those of the tree, which takes the
  # releases over: a difference would roll the network or Flux itself.
  first_charts = {
    cilium = {
      namespace = "kube-system", version = "1.0.0"
      values    = { cilium = { operator = { replicas = tonumber(local.settings.REPLICAS) } } }
    }
    flux = {
      namespace = local.flux_namespace, version = "1.0.0"
      values = { controllers = {
        "kustomize-controller" = { args = ["--feature-gates=StrictPostBuildSubstitutions=true,CancelHealthCheckOnNewRevision=true", "--requeue-dependency=2s"] }
        "helm-controller"      = { args = ["--requeue-dependency=2s"] }
      } }
    }
  }

  trust_configmap = var.trusted_authorities == "" ? "" : "trusted-authorities"
  # Of those who speak to the Sovereign's own names over TLS from inside.
  trust_namespaces = var.trusted_authorities == "" ? [] : ["catalyst-system", "gitea", "keycloak"]
  # Each `${NAME}` of the tree.
  settings = merge({
    SOVEREIGN_FQDN    = var.sovereign_fqdn
    DEPLOYMENT_ID     = var.deployment_id
    REGION            = var.region
    ACME_SERVER       = var.acme_directory
    ACME_EMAIL        = var.acme_email
    ACME_DNS_HOST     = trimsuffix(var.acme_update_url, "/update")
    ACME_CA_BUNDLE    = base64encode(var.trusted_authorities)
    TRUST_CONFIGMAP   = local.trust_configmap
    REPLICAS          = var.ha_enabled ? "3" : "1"
    STORAGE_CLASS     = "local-path"
    REGISTRY          = var.chart_registry
    REGISTRY_INSECURE = tostring(var.chart_registry_insecure)
    }, length(var.apps) == 0 ? {} : {
    PRESELECTED_APPS = join(",", sort(var.apps))
  }, var.extra_settings)

  acme_account = { (var.sovereign_fqdn) = {
    username   = var.acme_username
    password   = var.acme_key
    fulldomain = "_acme-challenge.${var.sovereign_fqdn}"
    subdomain  = var.acme_subdomain
    allowfrom  = []
  } }
  outside_secrets = merge({
    "cert-manager/acme-dns-account" = { "acmedns.json" = jsonencode(local.acme_account) }
    "catalyst-system/first-admin"   = { "email" = var.first_admin_email, "code-hash" = var.first_admin_code_hash }
    }, !contains(var.components, "crossplane-claims") ? {} : {
    # With these a machine joins: nobody has them who orders none.
    "crossplane-system/k3s-join"        = { "worker" = local.pool_user_data.worker, "control-plane" = local.pool_user_data.join }
    "crossplane-system/k3s-new-cluster" = { "control-plane" = local.pool_user_data.init }
  })

  before_flux = concat(
    [for name in distinct(concat(local.trust_namespaces, [for key in keys(local.outside_secrets) : split("/", key)[0]])) :
      { apiVersion = "v1", kind = "Namespace", metadata = { name = name } }
    ],
    [for key, held in local.outside_secrets : {
      apiVersion = "v1", kind = "Secret", stringData = held
      metadata   = { namespace = split("/", key)[0], name = split("/", key)[1] }
    }],
    [for namespace in local.trust_namespaces : {
      apiVersion = "v1", kind = "ConfigMap", data = { "ca.crt" = var.trusted_authorities }
      metadata   = { namespace = namespace, name = local.trust_configmap }
    }],
    [for name, chart in local.first_charts : {
      apiVersion = "helm.cattle.io/v1", kind = "HelmChart"
      metadata   = { namespace = "kube-system", name = name }
      spec = {
        chart           = "oci://${var.chart_registry}/bp-${name}"
        version         = chart.version
        targetNamespace = chart.namespace
        createNamespace = true
        plainHTTP       = var.chart_registry_insecure
        # On the machine's own network, before there is another.
        bootstrap     = true
        backOffLimit  = 100
        valuesContent = yamlencode(chart.values)
      }
    }],
  )
  flux = [
    {
      apiVersion = "v1", kind = "ConfigMap", data = local.settings
      metadata   = { namespace = local.flux_namespace, name = "sovereign-settings" }
    },
    {
      apiVersion = "source.toolkit.fluxcd.io/v1", kind = "GitRepository"
      metadata   = { namespace = local.flux_namespace, name = "sovereign" }
      spec       = { interval = "1m", url = var.gitops_repo_url, ref = { branch = var.gitops_branch } }
    },
    {
      apiVersion = "kustomize.toolkit.fluxcd.io/v1", kind = "Kustomization"
      metadata   = { namespace = local.flux_namespace, name = "sovereign" }
      spec = {
        interval  = "5m", retryInterval = "30s", prune = true, path = var.gitops_path
        sourceRef = { kind = "GitRepository", name = "sovereign" }
        patches   = local.tree_patches
      }
    },
  ]

  cluster_files = [for name, items in { "before-flux" = jsonencode(local.before_flux), "flux" = jsonencode(local.flux) } : {
    path    = "/etc/catalyst/cluster/${name}.json", mode = "0600"
    content = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":${items}}"
  }]

  # What a machine is told that the cluster itself orders, by a claim: its name and k3s release come
  # with the order, its private address from Hetzner. Of another release than ours the sum is not
  # known, so that its download is refused.
  pool_files = concat(
    [for each in local.files : each if each.path != "/etc/catalyst/k3s.env"],
    local.upgrades[0],
    [
      {
        path = "/etc/catalyst/k3s.env", mode = "0644", content = <<-EOT
          RELEASE=@K3S_VERSION@
          RELEASE_URL=${var.k3s_release_url}/$${RELEASE:-${var.k3s_version}}
          SHA256_AMD64=${var.k3s_sha256.amd64}
          SHA256_ARM64=${var.k3s_sha256.arm64}
        EOT
      },
      { path = "/usr/local/sbin/catalyst-own-node-ip", mode = "0755", content = file("${local.scripts}/own-node-ip.sh") },
    ],
  )
  pool_unit = { for role, command in { worker = "agent", join = "server", init = "server" } : role => [{
    path    = "/etc/systemd/system/k3s${command == "agent" ? "-agent" : ""}.service", mode = "0644"
    content = templatefile("${local.scripts}/k3s.service.tftpl", { command = command })
  }] }
  pool_server_files = [
    { path = "/usr/local/sbin/catalyst-own-names", mode = "0755", content = file("${local.scripts}/own-names.sh") },
  ]
  pool_settings = {
    worker = {
      "token"      = local.agent_token, "server" = "https://${local.api_private_ip}:${local.api_port}"
      "node-label" = ["catalyst.openova.io/role=worker"]
    }
    join = merge(local.server_settings, { "server" = "https://${local.api_private_ip}:${local.api_port}" })
    # A cluster of its own: nobody's token of ours is good there.
    init = merge(local.server_settings, {
      "token"        = sha256("another cluster of ${var.k3s_token}")
      "agent-token"  = sha256("agent of another cluster of ${var.k3s_token}")
      "tls-san"      = []
      "cluster-init" = true
    })
  }
  pool_user_data = { for role, settings in local.pool_settings : role =>
    templatefile("${local.scripts}/machine.yaml.tftpl", {
      role     = role
      packages = local.packages
      # Whoever orders a machine puts its name into this text.
      packed = false
      files = concat(
        local.pool_files,
        local.pool_unit[role],
        role == "worker" ? [] : local.pool_server_files,
        role != "join" ? [] : [
          { path = "/etc/catalyst/api.env", mode = "0644", content = "API_HOST=${local.api_private_ip}\nAPI_PORT=${local.api_port}\n" },
          { path = "/usr/local/sbin/catalyst-wait-for-api", mode = "0755", content = file("${local.scripts}/wait-for-api.sh") },
        ],
        [{
          path    = "/etc/rancher/k3s/config.yaml", mode = "0600"
          content = yamlencode(merge(settings, { "node-name" = "@NODE_NAME@" }))
        }],
      )
    })
  }
}
