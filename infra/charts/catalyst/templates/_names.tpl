{{/* Labels of every object; the part (web, worker, …) as its component. */}}
{{- define "catalyst.labels" -}}
{{ include "catalyst.selector" . }}
app.kubernetes.io/version: {{ include "catalyst.version" .root | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
catalyst.openova.io/sovereign: {{ .root.Values.global.sovereignFQDN }}
{{- end }}

{{- define "catalyst.selector" -}}
app.kubernetes.io/name: catalyst
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "catalyst.version" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "catalyst.image" -}}
{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ include "catalyst.version" . }}
{{- end }}

{{- define "catalyst.consoleHost" -}}
{{ .Values.hosts.console }}.{{ .Values.global.sovereignFQDN }}
{{- end }}

{{/* All hosts as a JSON list, the console's first. */}}
{{- define "catalyst.hosts" -}}
{{- $hosts := list (include "catalyst.consoleHost" .) }}
{{- if .Values.hosts.apex }}{{ $hosts = append $hosts .Values.global.sovereignFQDN }}{{ end }}
{{- range .Values.hosts.others }}
{{- $hosts = append $hosts (printf "%s.%s" . $.Values.global.sovereignFQDN) }}
{{- end }}
{{- toJson $hosts }}
{{- end }}

{{- define "catalyst.issuer" -}}
{{- with .Values.identity }}
{{- .issuer | default (printf "https://%s.%s/realms/%s" .host $.Values.global.sovereignFQDN .realm) }}
{{- end }}
{{- end }}

{{/* Whose account these Pods have in the cluster; one without rights when they have no business there. */}}
{{- define "catalyst.workerAccount" -}}
{{ or .Values.rbac.watchReleases .Values.apps.enabled | ternary "catalyst-worker" "catalyst" }}
{{- end }}

{{- define "catalyst.webAccount" -}}
{{ .Values.apps.enabled | ternary "catalyst-web" "catalyst" }}
{{- end }}

{{- define "catalyst.keysSecret" -}}
{{ .Values.keys.existingSecret | default "catalyst-keys" }}
{{- end }}

{{/* The owner's; the processes are somebody else. */}}
{{- define "catalyst.ownerSecret" -}}
{{ .Values.database.secret.name | default "catalyst-db-app" }}
{{- end }}

{{- define "catalyst.appSecret" -}}
{{ .Values.database.app.secret.name | default "catalyst-db-role" }}
{{- end }}

{{/* A Job cannot be changed, so its name follows what is in it. */}}
{{- define "catalyst.fingerprint" -}}
{{ printf "%s %s" (include "catalyst.image" .) (toJson .Values) | sha256sum | trunc 8 }}
{{- end }}

{{/* Is there a database to migrate, by what the cluster says? Rendered without a cluster: yes. */}}
{{- define "catalyst.hasDatabase" -}}
{{- $space := .Release.Namespace }}
{{- if not (lookup "v1" "Namespace" "" $space) }}yes
{{- else if not .Values.database.managed }}{{ if lookup "v1" "ServiceAccount" $space "catalyst" }}yes{{ end }}
{{- else }}
  {{- $cluster := lookup "postgresql.cnpg.io/v1" "Cluster" $space "catalyst-db" }}
  {{- range (($cluster).status).conditions }}
    {{- if and (eq .type "Ready") (eq .status "True") }}yes{{ end }}
  {{- end }}
{{- end }}
{{- end }}
