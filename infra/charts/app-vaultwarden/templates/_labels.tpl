{{/* How Service and Pods are called; what other objects refer to. */}}
{{- define "bp-app-vaultwarden.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "bp-app-vaultwarden.labels" -}}
{{ include "bp-app-vaultwarden.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: apps
{{- end }}

{{- define "bp-app-vaultwarden.selector" -}}
app.kubernetes.io/name: vaultwarden
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
