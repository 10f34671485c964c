# What each machine is told at its first boot, as lists of files. A file is given only to machines
# that need it: a worker holds no secret but the one that lets an agent join.

locals {
  scripts = "${path.module}/cloud-init"

  # Tests put documentation addresses here, to read a machine's files without a cloud.
  load_balancer_public_ips = [hcloud_load_balancer.sovereign.ipv4, hcloud_load_balancer.sovereign.ipv6]

  api_port = 6443
  kubeconfig = {
    url = var.kubeconfig_url
    # Empty: the machine's own public address, which nobody knows before it exists. A balancer whose
    # making was interrupted has no address in the state, and taking over does not ask for it.
    server = local.balancer_carries_api ? "https://${coalesce(local.load_balancer_public_ips[0], "unknown")}:${local.api_port}" : ""
    file   = "/etc/rancher/k3s/k3s.yaml"
  }

  # Where every machine reaches the API whichever control plane is down. Alone there is but one.
  api_private_ip = var.ha_enabled ? local.load_balancer_private_ip : local.control_plane_private_ips[0]

  machine_facts = { fqdn = var.sovereign_fqdn, deployment_id = var.deployment_id }
  sovereign = merge(
    local.machine_facts,
    {
      role        = "control-plane"
      owner_email = var.owner_email
      callback    = { url = var.callback_url, bearer_file = "/etc/catalyst/callback.bearer" }
      acme = {
        directory  = var.acme_directory
        email      = var.acme_email
        update_url = var.acme_update_url
        username   = var.acme_username
        subdomain  = var.acme_subdomain
        key_file   = "/etc/catalyst/acme.key"
      }
      first_admin = { email = var.first_admin_email, code_hash = var.first_admin_code_hash }
      # For the network plugin, which does without kube-proxy and so needs the API's real address.
      kubernetes_api = { host = local.api_private_ip, port = local.api_port }
    },
    # Absent rather than empty where the console does not want it.
    { for key, value in { kubeconfig = local.kubeconfig } : key => value if var.kubeconfig_url != "" },
  )

  packages = concat(
    var.enable_fail2ban ? ["fail2ban"] : [],
    var.enable_unattended_upgrades ? ["unattended-upgrades"] : [],
  )

  files = concat(
    [
      { path = "/etc/ssh/sshd_config.d/10-catalyst.conf", mode = "0644", content = file("${local.scripts}/sshd.conf") },
      { path = "/usr/local/sbin/catalyst-install-k3s", mode = "0755", content = file("${local.scripts}/install-k3s.sh") },
      { path = "/usr/local/sbin/catalyst-first-boot", mode = "0755", content = file("${local.scripts}/first-boot.sh") },
      {
        path = "/etc/catalyst/k3s.env", mode = "0644", content = <<-EOT
          RELEASE_URL=${var.k3s_release_url}/${urlencode(var.k3s_version)}
          SHA256_AMD64=${var.k3s_sha256.amd64}
          SHA256_ARM64=${var.k3s_sha256.arm64}
        EOT
      },
    ],
    var.enable_fail2ban ? [
      { path = "/etc/fail2ban/jail.d/catalyst.conf", mode = "0644", content = file("${local.scripts}/fail2ban.conf") },
    ] : [],
  )

  # Minutes after midnight UTC at which a machine may start anew: control planes half an hour apart.
  control_plane_reboots = [for index in range(local.control_plane_count) : 60 + 30 * index]
  worker_reboots        = [for index in range(var.worker_count) : 180 + 5 * index]
  # Those of pools the cluster orders: at midnight, apart from all of these.
  upgrades = { for minute in distinct(concat([0], local.control_plane_reboots, local.worker_reboots)) : minute => var.enable_unattended_upgrades ? [
    {
      path = "/etc/apt/apt.conf.d/60catalyst-upgrades", mode = "0644"
      content = templatefile("${local.scripts}/unattended-upgrades.conf.tftpl", {
        reboot_at = format("%02d:%02d", floor(minute / 60), minute % 60)
      })
    },
  ] : [] }

  server_files = concat(local.files, [
    { path = "/etc/systemd/system/k3s.service", mode = "0644", content = templatefile("${local.scripts}/k3s.service.tftpl", { command = "server" }) },
    { path = "/usr/local/sbin/catalyst-own-names", mode = "0755", content = file("${local.scripts}/own-names.sh") },
  ])

  # All control planes must be told the same, or k3s refuses to let them join.
  server_settings = {
    "token"                 = var.k3s_token
    "agent-token"           = local.agent_token
    "tls-san"               = concat([var.sovereign_fqdn, "api.${var.sovereign_fqdn}"], local.load_balancer_public_ips, [local.load_balancer_private_ip], local.control_plane_private_ips)
    "write-kubeconfig-mode" = "0600"
    "secrets-encryption"    = true
    # The Sovereign brings its own network plugin, gateway and load balancer.
    "flannel-backend"        = "none"
    "disable-network-policy" = true
    "disable-kube-proxy"     = true
    "disable"                = ["traefik", "servicelb"]
    "node-label"             = ["catalyst.openova.io/role=control-plane"]
  }

  # A digest does not give away what it was made of: with it an agent joins, and no control plane.
  agent_token = sha256("agent of ${var.k3s_token}")

  control_plane_user_data = templatefile("${local.scripts}/machine.yaml.tftpl", {
    role     = "init"
    packed   = true
    packages = local.packages
    files = concat(local.server_files, local.upgrades[local.control_plane_reboots[0]], local.cluster_files, [
      { path = "/usr/local/sbin/catalyst-bring-flux", mode = "0755", content = file("${local.scripts}/bring-flux.sh") },
      { path = "/etc/catalyst/sovereign.json", mode = "0600", content = jsonencode(local.sovereign) },
      { path = "/etc/catalyst/callback.bearer", mode = "0600", content = var.callback_bearer },
      { path = "/etc/catalyst/acme.key", mode = "0600", content = var.acme_key },
      { path = "/usr/local/sbin/catalyst-call-back", mode = "0755", content = file("${local.scripts}/call-back.sh") },
      {
        path = "/etc/rancher/k3s/config.yaml", mode = "0600", content = yamlencode(merge(local.server_settings, {
          "cluster-init"      = true
          "node-ip"           = local.control_plane_private_ips[0]
          "advertise-address" = local.control_plane_private_ips[0]
        }))
      },
    ])
  })

  joining_user_data = [for index, private_ip in slice(local.control_plane_private_ips, 1, local.control_plane_count) :
    templatefile("${local.scripts}/machine.yaml.tftpl", {
      role     = "join"
      packed   = true
      packages = local.packages
      files = concat(local.server_files, local.upgrades[local.control_plane_reboots[index + 1]], [
        { path = "/etc/catalyst/sovereign.json", mode = "0600", content = jsonencode(merge(local.machine_facts, { role = "control-plane-join" })) },
        { path = "/etc/catalyst/api.env", mode = "0644", content = "API_HOST=${local.control_plane_private_ips[0]}\nAPI_PORT=${local.api_port}\n" },
        { path = "/usr/local/sbin/catalyst-wait-for-api", mode = "0755", content = file("${local.scripts}/wait-for-api.sh") },
        {
          path = "/etc/rancher/k3s/config.yaml", mode = "0600", content = yamlencode(merge(local.server_settings, {
            "server"            = "https://${local.control_plane_private_ips[0]}:${local.api_port}"
            "node-ip"           = private_ip
            "advertise-address" = private_ip
          }))
        },
      ])
    })
  ]

  worker_user_data = [for index, private_ip in local.worker_private_ips :
    templatefile("${local.scripts}/machine.yaml.tftpl", {
      role     = "worker"
      packed   = true
      packages = local.packages
      files = concat(local.files, local.upgrades[local.worker_reboots[index]], [
        { path = "/etc/catalyst/sovereign.json", mode = "0600", content = jsonencode(merge(local.machine_facts, { role = "worker" })) },
        { path = "/etc/systemd/system/k3s-agent.service", mode = "0644", content = templatefile("${local.scripts}/k3s.service.tftpl", { command = "agent" }) },
        {
          # No flag against kube-proxy: an agent takes that from the control plane it joins.
          path = "/etc/rancher/k3s/config.yaml", mode = "0600", content = yamlencode({
            "token"      = local.agent_token
            "server"     = "https://${local.api_private_ip}:${local.api_port}"
            "node-ip"    = private_ip
            "node-label" = ["catalyst.openova.io/role=worker"]
          })
        },
      ])
    })
  ]

  # Hetzner takes 32 KiB, in bytes; base64 makes four characters of three.
  user_data_bytes = [for each in concat([local.control_plane_user_data], local.joining_user_data, local.worker_user_data) : length(base64encode(each)) / 4 * 3]
}
